/* Makes logging a class quicker. Everything works without it, too: each button is one of the form's own.
   It finds and ticks people as one types, counts them, and keeps the form on the server after every change,
   so that nothing of it stays in this browser. */
"use strict";
(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const state = document.getElementById("kept");
  const count = document.getElementById("count");
  const find = document.getElementById("find");
  const rows = [...form.querySelectorAll("tr[data-names]")];
  const boxes = rows.map((row) => row.querySelector("input[type=checkbox]"));
  let timer = 0;
  let sent = false;

  const tell = (name) => { if (state.textContent !== form.dataset[name]) state.textContent = form.dataset[name]; };
  const counted = () => { count.textContent = `${boxes.filter((box) => box.checked).length} / ${boxes.length}`; };

  const keep = async () => {
    timer = 0;
    if (sent) return;
    const content = new FormData(form);
    content.delete("file");
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: content, redirect: "manual" });
      tell(answer.ok ? "saved" : answer.type === "opaqueredirect" ? "signedOut" : "unsaved");
    } catch {
      tell("unsaved");
    }
  };
  const changed = () => {
    counted();
    clearTimeout(timer);
    timer = setTimeout(keep, 400);
  };

  form.addEventListener("input", (event) => { if (event.target !== find) changed(); });
  form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });
  // Back from the browser's memory the form can be sent again; it has its own token still.
  addEventListener("pageshow", () => { sent = false; counted(); });
  // Closed within the half second: what is not on its way yet goes now.
  addEventListener("pagehide", () => {
    if (!timer || sent) return;
    const content = new FormData(form);
    content.delete("file");
    navigator.sendBeacon(form.dataset.keep, content);
  });

  const tickAll = (ticked) => { boxes.forEach((box) => { box.checked = ticked; }); changed(); };
  for (const [name, ticked] of [["all", true], ["none", false]]) {
    form.querySelector(`button[name=do][value=${name}]`).addEventListener("click", (event) => {
      event.preventDefault();
      tickAll(ticked);
    });
  }

  const folded = (text) => text.toLocaleLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const shown = () => rows.filter((row) => !row.hidden);
  find.closest("[hidden]").hidden = false;
  find.addEventListener("input", () => {
    const parts = folded(find.value).split(/\s+/u).filter(Boolean);
    rows.forEach((row) => { row.hidden = !parts.every((part) => folded(row.dataset.names).includes(part)); });
    find.setAttribute("aria-description", `${shown().length} / ${rows.length}`);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { find.value = ""; find.dispatchEvent(new Event("input")); return; }
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [row] = shown();
    if (!row || !find.value.trim()) return;
    const box = row.querySelector("input[type=checkbox]");
    box.checked = !box.checked;
    state.textContent = `${box.checked ? "☑" : "☐"} ${row.dataset.name}`;
    find.value = "";
    find.dispatchEvent(new Event("input"));
    changed();
  });
  counted();
})();
