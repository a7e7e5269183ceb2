// Keeps what a phone needs to check certificates without a network: the page at `offline`, what it loads, and the
// issuer's keys. Nothing about any certificate is kept, and of the site's other pages nothing is touched.
"use strict";

const CACHE = "certify-statement-1";
const ROOT = self.registration.scope;
const PAGE = `${ROOT}offline`;
const KEYS = `${ROOT}statement-keys.json`;
const PATIENCE = 5_000; // milliseconds that a page may take before the kept one is shown
const REFRESH_AFTER = 60_000;
const AS_IT_WAS = { ignoreVary: true };

let refreshedAt = 0;
let downUntil = 0; // while the network is known to be gone, parts of the kept page do not wait for it again

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(refresh());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = request.url.startsWith(ROOT) ? request.url.slice(ROOT.length).replace(/[?#].*/s, "") : null;
  if (request.method !== "GET" || path === null) return;
  if (request.mode === "navigate") {
    if (path.startsWith("v/") || path === "offline") event.respondWith(page(event));
  } else if (path.startsWith("static/") || request.url === KEYS) {
    event.respondWith(networkFirst(request, downUntil > Date.now() ? 0 : PATIENCE, () => kept(request.url)));
  }
});

async function page(event) {
  let used = false;
  const answer = await networkFirst(event.request, PATIENCE, async () => {
    used = true;
    downUntil = Date.now() + 10_000;
    return keptPage(new URL(event.request.url).searchParams.get("lang"));
  });
  if (!used && answer.ok && Date.now() - refreshedAt > REFRESH_AFTER) event.waitUntil(refresh().catch(() => {}));
  return answer;
}

// A server that is down behind a proxy which is not answers with a status of 500 and more.
async function networkFirst(request, patience, instead) {
  const asked = fetch(request);
  const tooLong = new Promise((resolve) => setTimeout(resolve, patience));
  const answer = await Promise.race([asked, tooLong]).catch(() => undefined);
  if (answer && answer.status < 500) return answer;
  asked.catch(() => {}); // nobody waits for it any more
  return (await instead()) ?? asked;
}

async function kept(address) {
  return (await caches.open(CACHE)).match(address, AS_IT_WAS);
}

async function keptPage(language) {
  return (language && (await kept(`${PAGE}?lang=${language}`))) || kept(PAGE);
}

// All or nothing: a page never meets the script of another version. What is kept is what the page itself names, so
// there is no list to forget something in, and the page in each language that it offers.
async function refresh() {
  const first = await fetched(PAGE);
  const html = await first.clone().text();
  const parts = [...html.matchAll(/(?:href|src)="([^"]+\.(?:css|js|svg))"/g)].map(([, address]) => new URL(address, PAGE).href);
  const languages = [...html.matchAll(/hreflang="([\w-]+)"/g)].map(([, tag]) => `${PAGE}?lang=${tag}`);
  const addresses = [...new Set([KEYS, ...parts, ...languages])];
  const answers = await Promise.all(addresses.map(fetched));
  const cache = await caches.open(CACHE);
  await Promise.all([cache.put(PAGE, first), ...addresses.map((address, at) => cache.put(address, answers[at]))]);
  const wanted = new Set([PAGE, ...addresses]);
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
  refreshedAt = Date.now();
}

// Without cookies, so that nobody's name is in it; as a new answer, because one that was redirected may not be used.
async function fetched(address) {
  const answer = await fetch(address, { credentials: "omit", cache: "no-cache" });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return new Response(await answer.blob(), { headers: answer.headers });
}
