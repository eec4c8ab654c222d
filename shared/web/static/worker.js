/* The portal's service worker: shows what is told to this device, and the last page where there is no network. It keeps
   that one page, where its person wanted it (the cache is there), and never another person's: every page says whose it
   is, and one that says nothing, as the sign-in page, empties the cache. */
"use strict";

const KEPT = "preau-last-page", LAST = "/dernière-page", TWELVE_HOURS = 12 * 3600 * 1000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const told = event.data.json();
  event.waitUntil(self.registration.showNotification(told.title, {
    body: told.text, tag: told.tag, lang: told.lang, icon: "/icone-192.png", data: { path: told.path },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

async function open(path) {
  const address = new URL(path, self.location.origin);
  if (address.origin !== self.location.origin) return;
  const [page] = await self.clients.matchAll({ type: "window" });
  if (!page) return self.clients.openWindow(address);
  await page.focus();
  await page.navigate(address);
}

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(visited(event));
});

async function visited(event) {
  const { request } = event;
  if (new URL(request.url).pathname === "/deconnexion") await empty();
  try {
    const answer = await fetch(request);
    if (answer.type !== "opaqueredirect") event.waitUntil(keep(answer.clone()));
    return answer;
  } catch (error) {
    const last = request.method === "GET" && await lastPage();
    if (last) return last;
    throw error;
  }
}

async function keep(answer) {
  if (!await caches.has(KEPT)) return;
  const cache = await caches.open(KEPT), before = await cache.match(LAST);
  const person = answer.headers.get("X-Preau-Person") || "";
  if (!person || before?.headers.get("X-Preau-Person") !== person) await cache.delete(LAST);
  if (!person || !answer.ok || !answer.headers.has("X-Preau-Keep")) return;
  const headers = { "Content-Type": answer.headers.get("Content-Type"), "X-Preau-Person": person, "X-Preau-At": `${Date.now()}` };
  await cache.put(LAST, new Response(await answer.text(), { headers }));
}

async function empty() {
  if (await caches.has(KEPT)) await (await caches.open(KEPT)).delete(LAST);
}

async function lastPage() {
  const last = await caches.match(LAST, { cacheName: KEPT });
  if (!last) return null;
  const at = new Date(Number(last.headers.get("X-Preau-At")));
  if (Date.now() - at > TWELVE_HOURS) return empty().then(() => null);
  const page = await last.text(), english = /<html lang="en"/.test(page);
  const hour = at.toLocaleTimeString(english ? "en-GB" : "fr-FR", { hour: "2-digit", minute: "2-digit" });
  const said = english
    ? `No network. You saw this page at ${hour}: it may have changed since, and nothing can be saved.`
    : `Pas de réseau. Vous avez vu cette page à ${hour} : elle a pu changer, et rien ne peut être enregistré.`;
  const shown = page.replace(/<main[^>]*>/, (main) => `${main}<div class="notice gold" role="status"><b>${said}</b></div>`);
  return new Response(shown, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}
