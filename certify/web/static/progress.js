// Shows how far a job is without loading the page anew: asks every second, and takes over what changed.
"use strict";

const EVERY = 1_000; // milliseconds
const PARTS = ["said", "progress"];

async function look() {
  const shown = PARTS.map((id) => document.getElementById(id));
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = PARTS.map((id) => page.getElementById(id));
    if (found.every(Boolean)) {
      shown.forEach((part, at) => {
        // The elements themselves stay: one of them is what a screen reader listens to.
        if (part.innerHTML !== found[at].innerHTML) part.replaceChildren(...found[at].childNodes);
      });
      if (found[1].hasAttribute("data-finished")) return;
    }
  } catch {
    // The next look may succeed; the link on the page is there as well.
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
