/* An address is completed from the town's own list: of what is typed only the postcode leaves, and a street that the
   list does not know is taken as it stands. Without this file the fields are plain ones. */
"use strict";

(() => {
  const MOST = 8;
  const fold = text => text.toLowerCase().replaceAll("œ", "oe").normalize("NFD").replace(/[^a-z0-9 ]/g, sign =>
    /\p{M}/u.test(sign) ? "" : " ").replace(/ +/g, " ").trim();
  const areas = new Map();  // areas by postcode, each asked for once

  function area(root, postcode) {
    if (!/^\d{5}$/.test(postcode)) return Promise.resolve(null);
    if (!areas.has(postcode)) areas.set(postcode, fetch(root.dataset.streets + postcode)
      .then(answer => answer.ok ? answer.json() : null).catch(() => null));
    return areas.get(postcode);
  }

  document.querySelectorAll("[data-streets]").forEach(root => {
    const [street, postcode, insee, written] = ["street", "postcode", "insee", "commune"].map(name => root.querySelector(`[name=${name}]`));
    const typedPostcode = () => postcode.value.replace(/\s/g, "");

    /* The commune is chosen of a list, or where there is none written by its name. */
    const option = code => [...insee?.options ?? []].find(each => each.value === code);
    const takes = code => !insee || !!option(code);
    const isAt = (code, name) => insee ? insee.value === code : fold(written.value) === fold(name);
    const isKnown = communes => insee ? !!option(insee.value)?.dataset.postcodes : Object.entries(communes).some(each => isAt(...each));
    function choose(code, name) {
      const field = insee ?? written;
      field.value = insee ? code : name;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /* Which communes a postcode has: the only one is chosen, of several one is offered by its name. */
    const offers = Object.assign(document.createElement("div"), { className: "row offers" });
    offers.setAttribute("role", "group");
    offers.setAttribute("aria-label", root.dataset.offers);
    (insee ?? written).before(offers);

    async function offer() {
      const found = await area(root, typedPostcode());
      const communes = Object.entries(found?.communes ?? {}).filter(([code]) => takes(code));
      const settled = communes.some(each => isAt(...each));
      if (!settled && communes.length === 1) choose(...communes[0]);
      offers.replaceChildren(...(settled || communes.length < 2 ? [] : communes.map(([code, name]) => {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet slim", textContent: name });
        button.addEventListener("click", () => { choose(code, name); offers.replaceChildren(); (insee ?? written).focus(); });
        return button;
      })));
    }

    insee?.addEventListener("change", () => {
      offers.replaceChildren();
      const own = option(insee.value)?.dataset.postcodes?.split(" ") ?? [];
      if (own.length === 1 && !postcode.value.trim()) postcode.value = own[0];
    });
    postcode.addEventListener("input", offer);

    /* The street is a combobox: a list below it, walked by arrows, chosen by Enter or a touch. */
    const list = Object.assign(document.createElement("ul"), { id: "street-list", className: "completions", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", root.dataset.list);
    const said = Object.assign(document.createElement("p"), { className: "hidden-visually" });
    said.setAttribute("role", "status");
    street.after(list, said);
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
    for (const [name, value] of Object.entries(attributes)) street.setAttribute(name, value);
    let at = -1, shown = [];

    function close() {
      list.hidden = true;
      at = -1;
      street.setAttribute("aria-expanded", "false");
      street.removeAttribute("aria-activedescendant");
    }

    function mark(next) {
      at = next;
      [...list.children].forEach((each, nth) => each.setAttribute("aria-selected", String(nth === at)));
      if (at < 0) return street.removeAttribute("aria-activedescendant");
      street.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }

    async function complete() {
      const used = typedPostcode() || root.dataset.usual, value = street.value;
      const found = await area(root, used);
      if (street.value !== value || document.activeElement !== street) return;  // typed on meanwhile
      const [, number, rest] = value.match(/^\s*(\d+\s*(?:bis|ter|quater|[a-d])?\b[\s,]*)?(.*)$/i);
      const words = fold(rest).split(" ");
      const answers = name => words.every(word => ` ${name}`.includes(` ${word}`));
      const known = isKnown(found?.communes ?? {});
      const here = ([, code]) => !known || isAt(code, found.communes[code]);
      shown = words.join("").length < 2 ? [] : (found?.streets ?? []).filter(here).filter(([name]) => answers(fold(name))).slice(0, MOST);
      if (shown.length === 1 && fold(shown[0][0]) === fold(rest)) shown = [];
      const lead = (number ?? "").trim();
      list.replaceChildren(...shown.map(([name, code], nth) => {
        const line = Object.assign(document.createElement("li"), { id: `street-${nth}` });
        line.setAttribute("role", "option");
        line.setAttribute("aria-selected", "false");
        line.append(`${lead} ${name}`.trim());
        const commune = Object.assign(document.createElement("span"), { className: "soft small" });
        commune.textContent = ` ${found.communes[code]}`;
        line.append(commune);
        line.addEventListener("pointerdown", event => { event.preventDefault(); take(nth); });
        return line;
      }));
      mark(-1);
      list.hidden = !shown.length;
      street.setAttribute("aria-expanded", String(!list.hidden));
      const { found: many, foundOne: one } = root.dataset;
      said.textContent = shown.length ? (shown.length === 1 ? one : many.replace("%n", shown.length)) : "";

      function take(nth) {
        const [name, code] = shown[nth];
        street.value = `${lead} ${name}`.trim();
        if (!typedPostcode()) postcode.value = used;
        if (takes(code) && !isAt(code, found.communes[code])) choose(code, found.communes[code]);
        close();
        street.dispatchEvent(new Event("change", { bubbles: true }));
      }
      list.take = take;
    }

    street.addEventListener("input", complete);
    street.addEventListener("blur", close);
    street.addEventListener("keydown", event => {
      if (list.hidden) return;
      const last = shown.length - 1;
      if (event.key === "ArrowDown") mark(at < last ? at + 1 : 0);
      else if (event.key === "ArrowUp") mark(at > 0 ? at - 1 : last);
      else if (event.key === "Enter" && at >= 0) list.take(at);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
  });
})();
