/* How many minutes are left; at the end the page is asked again, and says that it is over. */
"use strict";

(() => {
  const left = document.querySelector("[data-minutes]");
  if (!left) return;
  const end = Date.now() + Number(left.dataset.minutes) * 60_000;

  const tick = () => {
    const minutes = Math.ceil((end - Date.now()) / 60_000);
    if (minutes < 1) { location.reload(); return; }
    left.textContent = left.dataset.word.replace("{}", minutes);
    setTimeout(tick, 15_000);
  };

  setTimeout(tick, 15_000);
})();
