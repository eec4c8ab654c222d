/* What is on its way: the part of the page that waits asks again, ever more seldom. Works without: reload. */
"use strict";

(() => {
  const longest = 60_000;

  async function look(wait) {
    const here = document.querySelector("main [data-refresh]");
    if (!here) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const there = page.querySelector("main .card");
      const changed = there && there.textContent.trim() !== here.textContent.trim();
      if (answer.ok && changed) { location.replace(answer.url); return; }
    } catch { /* no network: ask again later */ }
    setTimeout(look, wait, Math.min(wait * 2, longest));
  }

  setTimeout(look, 2_000, 3_000);
})();
