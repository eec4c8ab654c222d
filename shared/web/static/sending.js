/* A button that sends is busy until the answer comes, keeps its focus, and sends nothing twice. Without it the act's own
   identity, in the form, sees to that. What is typed in another form beside it comes back on the page that answers. */
"use strict";

(() => {
  const AT_MOST = 10_000;  // a file that is handed out leaves its page where it was
  const busy = new Map();  // buttons with their words, by form

  document.addEventListener("submit", event => {
    const form = event.target, button = event.submitter;
    if (event.defaultPrevented || form.method !== "post" || form.target === "_blank") return;
    if (button?.dataset.file !== undefined) return;  // a file leaves its page where it is, ready for the next
    if (busy.has(form)) return event.preventDefault();
    busy.set(form, { button, words: [...(button?.childNodes ?? [])], until: setTimeout(release, AT_MOST, form) });
    button?.setAttribute("aria-busy", "true");
    setTimeout(() => busy.has(form) && button?.replaceChildren(wordsOf(button)));  // once its value has left
  });

  /* The server says what is amiss, in its own words. Without this file the browser does, which knows half a day for one. */
  document.addEventListener("click", event => {
    const form = event.target.closest("button, input")?.form;
    if (form && !form.querySelector(":required")) form.noValidate = true;
  }, true);

  /* A day such as 31/02, or half of one, is no value: it would leave as an empty field, which may mean « for ever ». */
  document.addEventListener("submit", event => {
    const unread = [...event.target.elements].find(field => field.willValidate && field.validity.badInput);
    if (!unread) return;
    event.preventDefault();
    event.stopImmediatePropagation();  // to no script is it sent
    for (let fold = unread.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    unread.reportValidity();
  }, true);

  /* It waits in this tab alone and for the next page alone, whichever that is; a form with a draft keeps its own. */
  const BESIDE = "preau:beside";
  const typedTexts = () => [...document.querySelectorAll("form[method=post] textarea")].filter(each => !each.form.querySelector("[data-draft]"));
  const placeOf = field => `${field.form.getAttribute("action") ?? location.pathname} ${field.name}`;

  document.addEventListener("submit", event => {
    const form = event.target;
    if (event.defaultPrevented || event.submitter?.dataset.file !== undefined) return;
    sessionStorage.removeItem(BESIDE);  // of a send before, which stayed on its page
    const beside = form.action.endsWith("/deconnexion") ? [] : typedTexts().filter(each => each.form !== form && each.value !== each.defaultValue);
    if (beside.length) sessionStorage.setItem(BESIDE, JSON.stringify(Object.fromEntries(beside.map(each => [placeOf(each), each.value]))));
  });

  const typed = JSON.parse(sessionStorage.getItem(BESIDE) ?? "{}");
  sessionStorage.removeItem(BESIDE);
  for (const field of typedTexts().filter(each => placeOf(each) in typed)) {
    field.value = typed[placeOf(field)];
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    setTimeout(() => field.dispatchEvent(new Event("input", { bubbles: true })));  // once other scripts count
  }

  function wordsOf(button) {
    const { busy: usual, saves, saving } = document.body.dataset;
    return button.dataset.busy ?? (button.textContent.trim().startsWith(saves) ? saving : usual);
  }

  function release(form) {
    const { button, words, until } = busy.get(form) ?? {};
    clearTimeout(until);
    busy.delete(form);
    button?.removeAttribute("aria-busy");
    button?.replaceChildren(...words);
  }

  /* Back at a page that the browser has kept, its buttons send again. */
  addEventListener("pageshow", event => { if (event.persisted) [...busy.keys()].forEach(release); });
})();
