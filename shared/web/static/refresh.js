/* What is on its way: the part of the page that waits asks again, ever more seldom, and at once when the page's
   stream says that something changed; never while its reader is on the way to another page. Works without: reload. */
"use strict";

(() => {
  const first = 2_000, longest = 60_000, onTheWay = 5_000;
  let next = null, wait = first, left = -onTheWay;

  async function look() {
    clearTimeout(next);
    const here = document.querySelector("main [data-refresh]");
    if (!here) return;
    try {
      const answer = await fetch(location.href, { headers: window.preau.headers() });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const there = page.querySelector("main .card");
      const changed = there && there.textContent.trim() !== here.textContent.trim();
      const leaving = performance.now() - left < onTheWay;
      if (answer.ok && changed && !leaving && !exchanged(page, answer.url)) { location.replace(answer.url); return; }
    } catch { /* no network: ask again later */ }
    wait = Math.min(wait * 2, longest);
    next = setTimeout(look, wait);
  }

  /* A page that confirms something is renewed in place: the confirmation stays, and so does the scroll position. */
  function exchanged(page, address) {
    const here = document.getElementById("content"), there = page.getElementById("content");
    if (!document.getElementById("confirmation") || !there || !sameAddress(address)) return false;
    window.preau.renew(here, there);
    return true;
  }

  const sameAddress = address => new URL(address).pathname === location.pathname;

  window.addEventListener("beforeunload", () => { left = performance.now(); });
  document.addEventListener("preau:changed", look);
  next = setTimeout(look, first);
})();
