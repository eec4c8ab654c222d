/* After an act the page stands where it stood, and the confirmation (#confirmation) has the focus; what renews a
   part of the page leaves it the very element it is. Without it the address leads to it: …#confirmation. */
"use strict";

(() => {
  const ID = "confirmation", ROW = "[data-stays]", KEY = "preau:row";
  window.preau = { renew, headers };
  const row = element => element?.closest(ROW);

  /* Where a row was on the screen when its button was pressed. */
  addEventListener("submit", event => {
    const top = row(event.target)?.getBoundingClientRect().top;
    if (top === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, top }));
  });

  /* Who signs out leaves nothing that was typed on the device (drafts.js). */
  addEventListener("submit", event => {
    if (!event.target.action.endsWith("/deconnexion")) return;
    for (const name of Object.keys(localStorage).filter(each => each.startsWith("preau:draft:"))) localStorage.removeItem(name);
  });

  function stay() {
    const said = document.getElementById(ID), here = row(said), before = JSON.parse(sessionStorage.getItem(KEY));
    if (!here || before?.path !== location.pathname) return;
    scrollBy({ top: here.getBoundingClientRect().top - before.top, behavior: "instant" });
    if (said.closest("[data-in-sight]")) return;
    said.scrollIntoView({ block: "nearest", behavior: "instant" });  // where it would begin below the screen's end
  }

  function arrive() {
    stay();
    sessionStorage.removeItem(KEY);
    document.getElementById(ID)?.focus({ preventScroll: true });
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  /* A page whose confirmation is always in sight leads to what was acted on instead. */
  if (location.hash === `#${ID}` || (location.hash && document.querySelector(`[data-in-sight] #${ID}`))) {
    stay();
    addEventListener("load", arrive, { once: true });
  }

  /* Give a part what a fresh one holds; a confirmation in both is not touched: neither moved nor announced again. */
  function renew(part, fresh) {
    let [kept, same] = [part, fresh].map(each => each.querySelector(`#${ID}`));
    if (!kept || !same || depth(kept, part) !== depth(same, fresh)) {
      part.replaceChildren(...fresh.childNodes);
      return;
    }
    for (; kept !== part; kept = kept.parentNode, same = same.parentNode) {
      const nodes = [...same.parentNode.childNodes], at = nodes.indexOf(same);
      for (const old of [...kept.parentNode.childNodes]) if (old !== kept) old.remove();
      kept.before(...nodes.slice(0, at));
      kept.after(...nodes.slice(at + 1));
      kept.className = same.className;
    }
  }

  function depth(element, top) {
    let steps = 0;
    for (; element !== top; element = element.parentNode) steps += 1;
    return steps;
  }

  /* What a page sends along with a refresh, so that its messages are rendered again. */
  function headers() {
    const { shown } = document.getElementById("shown-messages")?.dataset ?? {};
    return { Accept: "text/html", "X-Preau-By-Itself": "1", ...(shown && { "X-Preau-Shown": shown }) };
  }
})();
