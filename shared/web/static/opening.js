/* A form that was filled in before its hour: the button says when it opens, and opens by itself. How long is left comes
   from the server, since a phone's clock may be wrong. Without it the button always sends, and too early nothing is done. */
"use strict";

(() => {
  const form = document.querySelector("form[data-opens-in]"), said = form?.querySelector("[data-opening]");
  if (!said) return;
  const button = said.nextElementSibling.querySelector("button"), opens = Date.now() + Number(form.dataset.opensIn) * 1_000;
  const HOUR = 3_600, DAY = 24 * HOUR;
  let next = 0;

  const words = (text, ...numbers) => numbers.reduce((sentence, number) => sentence.replace("{}", number), text);

  function sentence(left) {
    const { later, hours, minutes, open } = said.dataset;
    if (left <= 0) return open;
    if (left > DAY) return later;
    return left >= HOUR ? words(hours, Math.floor(left / HOUR), Math.floor(left % HOUR / 60)) : words(minutes, Math.floor(left / 60), left % 60);
  }

  /* Read aloud once, when it opens: a countdown that speaks every second hides all else. */
  function tick() {
    clearTimeout(next);
    const left = Math.ceil((opens - Date.now()) / 1_000);
    button.disabled = left > 0;
    said.setAttribute("aria-live", left > 0 ? "off" : "polite");
    said.textContent = sentence(left);
    if (left > 0) next = setTimeout(tick, 1_000);
  }

  document.addEventListener("visibilitychange", tick);  // a phone that slept
  tick();
})();
