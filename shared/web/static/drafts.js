/* What is being typed is kept on this device until it is sent: for a week at most, sealed with a key that stands in the
   pages of its account alone, and gone at sign-out. A form says with [data-draft] that it may be kept; those that ask of a
   child's health never do. Without it the page still asks to sign in again and gives back what was sent. */
"use strict";

(async () => {
  const mark = document.querySelector("input[data-draft]"), form = mark?.form;
  if (!form || !crypto.subtle) return;
  const WEEK = 7 * 24 * 3600 * 1000, PREFIX = "preau:draft:", bytes = text => new TextEncoder().encode(text);
  const raw = Uint8Array.from(mark.dataset.draft.match(/../g), pair => parseInt(pair, 16));
  const owner = [...new Uint8Array(await crypto.subtle.digest("SHA-256", raw))].slice(0, 6).map(each => each.toString(16).padStart(2, "0")).join("");
  const name = `${PREFIX}${owner}:${location.pathname}`, sent = `${name}:sent`;
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  const bound = { additionalData: bytes(name) };
  const fields = () => [...form.elements].filter(field => field.name && /^(text|textarea|date|time|tel|email|select-one|checkbox|radio)$/.test(field.type));
  const isTick = field => field.type === "checkbox" || field.type === "radio";
  const isTyped = field => isTick(field) ? field.checked !== field.defaultChecked : field.type === "select-one"
    ? !field.selectedOptions[0]?.defaultSelected && field.selectedIndex > 0 : field.value !== field.defaultValue;

  async function keep() {
    const typed = fields().filter(isTyped).map(field => [field.name, field.value, field.checked]);
    if (!typed.length) return forget();
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, ...bound }, key, bytes(JSON.stringify(typed)));
    try {
      localStorage.setItem(name, JSON.stringify({ at: Date.now(), iv: [...iv], sealed: [...new Uint8Array(sealed)] }));
    } catch { /* a full or closed store keeps nothing */ }
  }

  function forget() {
    localStorage.removeItem(name);
    localStorage.removeItem(sent);
  }

  async function kept() {
    try {
      const { at, iv, sealed } = JSON.parse(localStorage.getItem(name));
      if (Date.now() - at > WEEK) return forget();
      const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: Uint8Array.from(iv), ...bound }, key, Uint8Array.from(sealed));
      return JSON.parse(new TextDecoder().decode(opened));
    } catch { return forget(); }
  }

  function giveBack(typed) {
    for (const [named, value, checked] of typed) {
      const field = fields().find(each => each.name === named && (!isTick(each) || each.value === value));
      if (!field) continue;
      if (isTick(field)) field.checked = checked; else field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const note = document.querySelector("template.draft-back").content.firstElementChild.cloneNode(true);
    note.querySelector("button").addEventListener("click", () => { forget(); form.reset(); note.remove(); });
    form.before(note);
  }

  const isOld = each => {
    try { return !(Date.now() - JSON.parse(localStorage.getItem(each)).at <= WEEK); } catch { return true; }
  };
  for (const each of Object.keys(localStorage).filter(each => each.startsWith(PREFIX) && !each.endsWith(":sent")))
    if (isOld(each)) localStorage.removeItem(each);

  /* A form that was sent has an answer, unless one came back to it because there was none. */
  const [arrived] = performance.getEntriesByType("navigation");
  if (localStorage.getItem(sent) && arrived?.type === "navigate") forget();
  localStorage.removeItem(sent);
  const typed = document.querySelector("#error-summary, [data-restored]") ? null : await kept();
  if (typed) giveBack(typed);

  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(keep, 300); });
  form.addEventListener("submit", () => { clearTimeout(waiting); localStorage.setItem(sent, "yes"); });
  addEventListener("pagehide", () => { if (waiting && !localStorage.getItem(sent)) keep(); });
})();
