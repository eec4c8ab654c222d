/* The page of weeks: what a save will do is summed up before it, boxes of one kind are ticked in one gesture, and the
   confirmation gives its place back at the next act. Without it the bar says « Cochez, puis enregistrez ». */
"use strict";

(() => {
  const main = document.querySelector("main");
  const form = () => document.getElementById("weeks");
  const boxes = () => [...form().querySelectorAll("label.cell > input")];
  const was = box => box.parentNode.classList.contains("was");
  const euros = cents => new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR", signDisplay: "negative" }).format(cents / 100);
  const counted = (place, n) => (n === 1 ? place.dataset.one : place.dataset.many).replace("{n}", n);
  document.documentElement.classList.add("scripted");

  function sum() {
    const sum = form()?.querySelector("[data-sum]"), total = form()?.querySelector("[data-total]");
    if (!sum) return;
    const all = boxes(), changed = all.filter(box => box.checked !== was(box));
    const kept = [...form().querySelectorAll("[data-kept]")].map(cell => +cell.dataset.kept);
    const ticked = all.filter(box => box.checked), priced = ticked.every(box => box.dataset.cents);
    const cents = ticked.reduce((sum, box) => sum + +box.dataset.cents, 0) + kept.reduce((sum, each) => sum + each, 0);
    const count = ticked.length + kept.length;
    sum.textContent = changed.length ? counted(sum, changed.length) : sum.dataset.none;
    total.textContent = counted(total, count) + (priced && count ? `, ${euros(cents)}` : "");
  }

  function close() {
    const bar = form().querySelector(".savebar.said");
    if (!bar) return;
    bar.classList.remove("said");
    bar.querySelector("#confirmation").remove();
    document.getElementById("shown-messages")?.remove();
  }

  /* Tick what a link would tick; where all of it is ticked, give back what was. */
  function fill(wanted) {
    const changing = wanted.filter(([box, on]) => box.checked !== on);
    for (const [box, on] of changing.length ? changing : wanted) box.checked = changing.length ? on : was(box);
    close();
    sum();
  }

  main.addEventListener("click", event => {
    const link = event.target.closest("[data-fill], [data-fill-usual], [data-close]");
    if (!link) return;
    event.preventDefault();
    if ("close" in link.dataset) {
      close();
      form().querySelector(".save .button:last-child")?.focus({ preventScroll: true });
    } else if ("fillUsual" in link.dataset) fill(boxes().map(box => [box, "usual" in box.dataset]));
    else fill(boxes().filter(box => box.closest(".line").dataset.activity === link.dataset.fill).map(box => [box, true]));
  });

  main.addEventListener("change", event => { if (event.target.matches("label.cell > input")) { close(); sum(); } });

  /* A button that sends is busy, stays where it is, and does nothing twice. */
  main.addEventListener("submit", event => {
    const button = event.submitter;
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = "yes";
    button?.setAttribute("aria-busy", "true");
    if (button?.dataset.busy) button.textContent = button.dataset.busy;
  });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  new MutationObserver(() => form() && sum()).observe(main, { childList: true });
  sum();
})();
