/* A form with data-push subscribes this browser at its push service, and sends what it was given there; [data-last-page]
   lets the worker keep the last page, by a cache that stands only where it is wanted. */
"use strict";

(() => {
  const KEPT = "preau-last-page";
  if (!("serviceWorker" in navigator) || !isSecureContext) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function working(address) {
    await navigator.serviceWorker.register(address);
    return navigator.serviceWorker.ready;
  }

  async function subscribed(form) {
    const { pushManager } = await working(form.dataset.worker);
    const earlier = await pushManager.getSubscription();
    if (earlier) await earlier.unsubscribe();  // of another person, or under a former key of the town
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) });
  }

  const form = document.querySelector("form[data-push]");
  if (form && "PushManager" in window && "Notification" in window) {
    const say = (which) => {
      for (const sentence of document.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== which;
    };
    form.hidden = false;
    say("");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.setAttribute("aria-busy", "true");
      try {
        if (await Notification.requestPermission() !== "granted") return say("refused");
        const subscription = await subscribed(form);
        form.elements.endpoint.value = subscription.endpoint;
        for (const name of ["p256dh", "auth"]) form.elements[name].value = text(subscription.getKey(name));
        HTMLFormElement.prototype.submit.call(form);
      } catch (error) {
        say(error.name === "NotAllowedError" ? "refused" : "away");
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }

  const section = document.querySelector("[data-last-page]");
  if (section && "caches" in window) {
    const [keep, drop, kept] = ["keep", "drop", "kept"].map((name) => section.querySelector(`[data-${name}]`));
    const show = async () => {
      const wanted = await caches.has(KEPT);
      [keep.hidden, drop.hidden, kept.hidden, section.hidden] = [wanted, !wanted, !wanted, false];
    };
    keep.addEventListener("click", async () => {
      await working(section.dataset.worker);
      await caches.open(KEPT);
      await show();
      drop.focus();
    });
    drop.addEventListener("click", async () => {
      await caches.delete(KEPT);
      await show();
      keep.focus();
    });
    show();
  }
})();
