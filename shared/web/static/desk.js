/* The keyboard at the desk: Ctrl K goes to the search, arrows walk the rows, Escape comes back. On a phone the present
   tab is brought into sight. */
"use strict";

(() => {
  const search = document.querySelector("[data-search]");
  const rows = () => Array.from(document.querySelectorAll("[data-walk] a.line"));

  const tabs = document.querySelector(".tabs");
  const here = tabs && tabs.querySelector("[aria-current]");
  if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - 16;

  function walk(from, step) {
    const all = rows();
    const at = all.indexOf(from);
    if (at + step < 0 && search) search.focus();
    else if (all[at + step]) all[at + step].focus();
  }

  document.addEventListener("keydown", (event) => {
    const here = document.activeElement || document.body;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) {  // no key alone: a voice that types would press it
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "Escape" && search && here.matches("a.line")) {
      search.focus();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && (here === search || here.matches("a.line"))) {
      event.preventDefault();
      walk(here, event.key === "ArrowDown" ? 1 : -1);
    }
  });
})();
