/* Keeps the roll call's page and its files for days without network. No data: that is sealed by the page. */
"use strict";

const NAME = "roll-call-{{ version }}";
const KEPT = {{ kept|tojson }};
const SHELL = KEPT[0];
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(NAME);
    await Promise.all(KEPT.map(async (path) => {
      const answer = await fetch(path, { cache: "reload", credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(path);
      await cache.put(path, answer);
    }));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("roll-call-") && name !== NAME).map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

async function page(request) {
  const kept = () => caches.match(SHELL);
  const late = new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE_MS); });
  try {
    return (await Promise.race([fetch(request), late])) || (await kept()) || fetch(request);
  } catch (_) {
    return (await kept()) || Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { pathname, search, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && pathname === SHELL) event.respondWith(page(event.request));
  else if (KEPT.includes(pathname + search) && pathname !== SHELL) {
    event.respondWith((async () => (await caches.match(event.request)) || fetch(event.request))());
  }
});
