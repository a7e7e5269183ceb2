// Shows what the statement in a certificate's address says, on the register's page and, without a network, on the
// page that the service worker keeps. Every word stands in the page (templates/pages/statement.html), translated;
// an element is shown when the states in its data-when hold, and filled when it has a data-fact.
import { readAddress, verify } from "./statement.js";

const ROOT = new URL("../", import.meta.url); // of the installation, or of the folder that a copy of it is in
const KEYS = new URL("statement-keys.json", ROOT);
const ASK_AGAIN_AFTER = 20_000; // milliseconds
const DAY = 86_400_000;
const box = document.getElementById("statement");
const language = document.documentElement.lang;
const withoutNetwork = "kept" in box.dataset;
const openedAt = Date.now();
const states = new Set(withoutNetwork ? ["kept-page"] : ["live"]);
if ("written" in box.dataset) states.add("written"); // a copy as a file, which says how things stood on its day

// A fragment that names a part of the page, as the link past the header does, is none of ours.
function statementInFragment() {
  return document.getElementById(location.hash.slice(1)) ? "" : location.hash;
}

// The fragment goes into the history's state, so that reload and back still work, and out of what is shown. The
// browser's own history keeps the address all the same, and the page says so.
function takeAddress() {
  const address = readAddress(location.pathname + statementInFragment());
  if (!address) return null;
  const text = address.text || history.state?.statement || "";
  const tried = withoutNetwork && history.state?.tried;
  history.replaceState({ statement: text, tried }, "", address.path + location.search);
  for (const link of document.querySelectorAll("a[hreflang]")) link.hash = text;
  return { ...address, text };
}

async function judge({ id, text }) {
  const list = await fetch(KEYS).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  if (!list) return states.add("no-keys");
  tellAge(list);
  try {
    tell(await verify(id, text, list.keys), list);
    states.add("genuine");
  } catch (refused) {
    states.add(refused.why === "cannot" ? "cannot" : "refused").add(`refused-${refused.why ?? "unreadable"}`);
  }
}

function tell(statement, { scopes, frameworks, texts }) {
  const today = new Date().toISOString().slice(0, 10);
  fill("name", statement.name);
  fill("issued", written(statement.issuedOn));
  if (statement.specimen) states.add("specimen");
  if (statement.issuedOn > today) states.add("future");
  if (statement.expiresOn) {
    states.add("ends").add(statement.expiresOn < today ? "expired" : "running");
    fill("expires", written(statement.expiresOn));
  }
  if (!(statement.scope in scopes)) return;
  states.add("named");
  const [title, place, ...levels] = scopes[statement.scope];
  const framework = frameworks[place];
  fillText("title", texts[title], framework.language);
  fillText("scheme", texts[framework.title], framework.language);
  fillText("body", texts[framework.body], framework.language);
  const others = new Set(Object.values(texts[title]));
  others.delete(inLanguage(texts[title], framework.language)[1]);
  fill("other-titles", [...others].join(" · "));
  fill("version", framework.version);
  fill("levels", [...new Set(levels)].join("–"));
}

function tellAge(list) {
  if ((Date.now() - Date.parse(list.at)) / DAY > list.stale_after_days) states.add("stale");
  fill("keys", written(list.at));
}

function inLanguage(texts, otherwise) {
  const tag = language in texts ? language : otherwise;
  return [tag, texts[tag]];
}

function fillText(fact, texts, otherwise) {
  const [tag, text] = inLanguage(texts, otherwise);
  for (const element of fill(fact, text)) element.lang = tag;
}

function fill(fact, text) {
  const elements = document.querySelectorAll(`[data-fact="${fact}"]`);
  for (const element of elements) element.textContent = text;
  return elements;
}

function written(day) {
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));
}

function tellHowLongAgo() {
  const minutes = Math.floor((Date.now() - openedAt) / 60_000);
  fill("asked", new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-minutes, "minute"));
}

function show() {
  for (const element of document.querySelectorAll("[data-when]")) {
    const wanted = element.dataset.when.split(" ");
    element.hidden = !wanted.every((state) => (state[0] === "!" ? !states.has(state.slice(1)) : states.has(state)));
  }
  if (withoutNetwork) document.title = document.querySelector("h1:not([hidden], [hidden] *)")?.textContent ?? document.title;
}

// On the kept page: as soon as the server answers again, the register's own page takes its place.
async function awaitServer(path) {
  const answer = await fetch(path, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (!answer || answer.status >= 500) {
    setTimeout(awaitServer, ASK_AGAIN_AFTER, path);
  } else if (history.state?.tried) {
    states.add("reachable"); // it came once and went again: the reader decides
    show();
  } else {
    history.replaceState({ ...history.state, tried: true }, "");
    location.reload();
  }
}

async function keepForLater() {
  try {
    await navigator.serviceWorker.register(new URL("service-worker.js", ROOT), { scope: ROOT.pathname });
    await navigator.serviceWorker.ready; // its installation ends when everything is kept
    states.add("prepared");
  } catch {
    states.add("not-prepared"); // a private window, a browser in another app: the page works online
  }
  show();
}

async function look() {
  const address = takeAddress();
  if (address?.text) await judge(address);
  else if (address) states.add("no-statement");
  else {
    states.add("no-address");
    const list = await fetch(KEYS).then((answer) => answer.json()).catch(() => null);
    if (list) tellAge(list);
  }
  tellHowLongAgo();
  setInterval(tellHowLongAgo, 30_000);
  show();
  box.hidden = !withoutNetwork && !address?.text;
  // A paper that is not what was signed matters more than anything the register says.
  if (states.has("refused") && !withoutNetwork) document.getElementById("main").prepend(box);
  if (withoutNetwork && address) awaitServer(address.path);
}

addEventListener("hashchange", () => {
  if (statementInFragment().length > 1) location.reload();
});
document.getElementById("again")?.addEventListener("click", () => location.reload());
look();
keepForLater();
