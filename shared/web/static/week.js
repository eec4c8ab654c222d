/* The page of weeks: what a save will do is summed up before it, boxes of one kind are ticked in one gesture, and the
   confirmation gives its place back at the next act. Without it the bar says « Cochez, puis enregistrez ». */
"use strict";

(() => {
  const main = document.querySelector("main");
  const form = () => document.getElementById("weeks");
  const boxes = () => [...form().querySelectorAll("label.cell > input")];
  const named = box => `${box.closest(".child-week")?.id} ${box.value}`;  // siblings share sessions
  const was = box => box.parentNode.classList.contains("was");
  const euros = (cents, signDisplay = "auto") =>
    new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR", signDisplay }).format(cents / 100).replace("-", "−");
  const counted = (place, n) => (n === 1 ? place.dataset.one : place.dataset.many).replace("{n}", n);
  document.documentElement.classList.add("scripted");

  function sum() {
    const sum = form()?.querySelector("[data-sum]"), total = form()?.querySelector("[data-total]");
    if (!sum) return;
    const all = boxes(), changed = all.filter(box => box.checked !== was(box)), ticked = all.filter(box => box.checked);
    const kept = [...form().querySelectorAll("[data-kept]")], priced = [...ticked, ...kept].filter(each => each.dataset.cents);
    const cents = some => some.reduce((sum, each) => sum + +(each.dataset.cents ?? 0) * (each.checked === false ? -1 : 1), 0);
    sum.textContent = changed.length ? counted(sum, changed.length) + (cents(changed) ? `, ${euros(cents(changed), "exceptZero")}` : "") : sum.dataset.none;
    total.textContent = counted(total, ticked.length + kept.length) + (priced.length ? `, ${euros(cents(priced))}` : "");
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
    else {
      const line = link.closest(".line"), meant = each => link.dataset.fill ? each === line : each.dataset.activity === line.dataset.activity;
      fill(boxes().filter(box => meant(box.closest(".line"))).map(box => [box, true]));
    }
  });

  main.addEventListener("change", event => { if (event.target.matches("label.cell > input")) { close(); sum(); } });

  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });

  /* What others changed is shown; what is ticked here and not yet saved stays ticked, and the focus where it was. The
     bar is left alone: a thumb may be on its button. */
  main.addEventListener("preau:held", event => {
    const { part, fresh } = event.detail;
    if (!form() || part !== main) return;
    event.preventDefault();
    const focused = named(document.activeElement ?? main);
    const mine = new Map(boxes().filter(box => box.checked !== box.defaultChecked).map(box => [named(box), box.checked]));
    for (const child of form().querySelectorAll(".child-week")) {
      const newer = fresh.querySelector(`#${child.id}`);
      if (newer) child.replaceChildren(...newer.childNodes);
    }
    for (const box of boxes()) {
      if (mine.has(named(box))) box.checked = mine.get(named(box));
      if (named(box) === focused) box.focus({ preventScroll: true });
    }
    sum();
  });

  new MutationObserver(() => form() && sum()).observe(main, { childList: true });
  sum();
})();
