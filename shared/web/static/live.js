/* A page that stays open: its stream says what kind of thing changed, and the parts that show such a thing are
   read again. What the clock alone changes is read again every so many seconds (data-again). Without it, reloading
   shows the same. A page nobody looks at gives its stream up until it is seen. */
"use strict";

(() => {
  const { live, since, home } = document.body.dataset;
  if (!live || !window.EventSource) return;
  const soon = 3_000, late = 60_000, together = 60;
  const asked = new Set(), held = new Map();
  let position = since, stream = null, over = false, reading = false, wait = soon;

  function open() {
    if (stream || over || document.hidden) return;
    stream = new EventSource(`${live}?depuis=${encodeURIComponent(position)}`, { withCredentials: true });
    stream.addEventListener("open", () => { wait = soon; });
    stream.addEventListener("change", told);
    stream.addEventListener("over", () => { over = true; close(); });
    stream.addEventListener("error", () => {
      if (!stream || stream.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(open, wait * (0.5 + Math.random()));  // not all pages of a town at once
      wait = Math.min(2 * wait, late);
    });
  }

  function close() {
    if (stream) stream.close();
    stream = null;
  }

  function told(event) {
    position = event.lastEventId || position;
    const { kinds } = JSON.parse(event.data);
    if (!kinds.length) return;
    document.dispatchEvent(new CustomEvent("preau:changed", { detail: kinds }));
    ask(kinds);
  }

  function ask(kinds) {
    kinds.forEach(kind => asked.add(kind));
    if (!reading) { reading = true; setTimeout(renew, together); }
  }

  async function renew() {
    const kinds = [...asked];
    asked.clear();
    const shows = part => part.id && part.dataset.parts.split(" ").some(kind => kinds.includes(kind));
    const parts = [...document.querySelectorAll("[data-parts]")].filter(shows);
    try {
      if (parts.length) {
        const page = await read(location.href) ?? await read(home);
        for (const part of parts) exchange(part, page?.getElementById(part.id), page);
      }
    } finally {
      if (asked.size) setTimeout(renew, together); else reading = false;
    }
  }

  async function read(address) {
    try {
      const answer = await fetch(address, { headers: window.preau.headers() });
      if (!answer.ok || new URL(answer.url).pathname !== new URL(address, location.href).pathname) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      page.path = new URL(answer.url).pathname;
      return page;
    } catch { return null; }
  }

  /* What somebody is typing into, or has opened, is left alone, unless the page itself takes it up (preau:held): a line
     says that there is something new, and shows it. The focus stays where it was. */
  function exchange(part, fresh, page) {
    if (!fresh || (part.closest("main") && page.path !== location.pathname)) return;
    if (words(fresh) === words(part)) return letGo(part);  // what was held back is so no more
    if (isInUse(part, fresh)) {
      const told = new CustomEvent("preau:held", { bubbles: true, cancelable: true, detail: { part, fresh } });
      if (part.dispatchEvent(told)) offer(part, fresh);
      return;
    }
    letGo(part);
    show(part, fresh);
  }

  function letGo(part) {
    held.get(part)?.line.remove();
    held.delete(part);
  }

  function offer(part, fresh) {
    const at = held.get(part) ?? { many: 0, line: document.createElement("p") };
    if (at.words === words(fresh)) return;
    held.set(part, Object.assign(at, { many: at.many + 1, words: words(fresh) }));
    const { one, many } = document.getElementById("said-by-itself").dataset;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet slim" });
    button.textContent = at.many === 1 ? one : many.replace("%n", at.many);
    button.addEventListener("click", () => {
      letGo(part);
      show(part, fresh);
      if (!part.hasAttribute("tabindex")) part.tabIndex = -1;
      part.focus({ preventScroll: true });
    });
    at.line.className = "news-held";
    at.line.replaceChildren(button);
    if (!at.line.isConnected) part.matches("main") ? part.prepend(at.line) : part.before(at.line);
    say(button.textContent);
  }

  function show(part, fresh) {
    const focused = part.contains(document.activeElement) && part !== document.activeElement;
    const at = focused ? reachable(part).indexOf(document.activeElement) : -1;
    window.preau.renew(part, fresh);
    const label = fresh.getAttribute("aria-label");
    if (label) part.setAttribute("aria-label", label);
    if (at >= 0 && !part.contains(document.activeElement)) reachable(part)[at]?.focus({ preventScroll: true });
    say(fresh.dataset.says || label);
  }

  const reachable = part => [...part.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
  const ticks = part => [...part.querySelectorAll("input[type=checkbox]")].map(box => +box.defaultChecked).join("");
  const words = part => said(part).replace(/\s+/g, " ").trim() + (part.getAttribute("aria-label") ?? "") + ticks(part);

  /* The line that holds news back is no part of what a part says. */
  function said(part) {
    const line = part.querySelector(":scope > .news-held");
    return line ? part.textContent.replace(line.textContent, "") : part.textContent;
  }

  function isInUse(part, fresh) {
    const typed = [...part.querySelectorAll("input:not([type=hidden]), textarea")];
    const opened = each => each.querySelectorAll("details[open]").length;
    return !!part.querySelector("dialog[open]") || opened(part) > opened(fresh) || typed.some(field =>
      field === document.activeElement || field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  }

  function say(sentence) {
    const place = document.getElementById("said-by-itself");
    if (place && sentence) place.textContent = sentence;
  }

  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  for (const part of document.querySelectorAll("[data-again]"))
    setInterval(() => { if (!over && !document.hidden) ask(part.dataset.parts.split(" ")); }, 1_000 * part.dataset.again);
  open();
})();
