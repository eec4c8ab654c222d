/* What of a long list is shown: by state, by name, from a letter on. It hides; nothing of it is kept or sent. */

const $ = (id) => document.getElementById(id);

let shows = "all";
let touched = new Set();  // ticked since the filter was chosen: a wrong gesture is put right where it was made

const came = (child) => child.kind === "present" || child.kind === "left";
const kinds = {
  all: () => true,
  open: (child) => (child.expected && !child.kind) || child.to_check,
  alerts: (child) => child.alerts.length > 0,
  here: came,
  away: (child) => child.kind === "absent",
};

/* As shared/text/folding.py folds names: nobody is found at the desk and not on a tablet without network. */
export function folded(text) {
  const apart = text.toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae").replaceAll("ß", "ss").normalize("NFKD");
  return apart.replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

export function answers(name, typed) {
  const known = folded(name);
  const joined = known.replaceAll(" ", "");
  const words = folded(typed).split(" ").filter(Boolean);
  return words.length > 0 && words.every((word) => known.includes(word) || joined.includes(word));
}

export const touch = (children) => children.forEach((child) => touched.add(child.id));

const visible = (child, typed) =>
  (typed ? answers(child.name, typed) : kinds[shows](child) || touched.has(child.id));

/* Hide what is not asked for, count what each filter has, and offer the letters that are there. */
export function apply(children) {
  const typed = $("in-list").value.trim();
  const last = new Map();
  for (const child of children) {
    const row = $(`child-${child.id}`);
    if (!row) continue;
    row.hidden = !visible(child, typed);
    if (!row.hidden && child.letter && !last.has(child.letter)) last.set(child.letter, row);
  }
  for (const [name, is] of Object.entries(kinds)) $(`n-${name}`).textContent = children.filter(is).length;
  $("nobody-shown").hidden = children.some((child) => visible(child, typed));
  letters(last);
}

function letters(rows) {
  $("letters").hidden = rows.size < 6;
  const make = ([letter, row]) => {
    const link = document.createElement("a");
    link.href = `#${row.id}`;
    link.textContent = letter;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      row.scrollIntoView({ block: "start" });
      row.querySelector("input, button").focus({ preventScroll: true });
    });
    return link;
  };
  $("letters").replaceChildren($("letters").firstElementChild, ...[...rows].map(make));
}

/* The letters stand between head and dock, however far the list is scrolled: neither hides one. */
function placeLetters() {
  const edge = (name) => document.querySelector(name).getBoundingClientRect();
  const from = edge(".roll-head").bottom, to = edge(".roll-dock").top;
  $("letters").style.top = `${from + 4}px`;
  $("letters").style.maxHeight = `${to - from - 8}px`;
}

/* Another list: all of it again. */
export function forget() {
  shows = "all";
  touched = new Set();
  $("in-list").value = "";
  $("f-all").checked = true;
}

export function wire(changed) {
  for (const box of document.querySelectorAll('[name="shows"]')) {
    box.addEventListener("change", () => {
      shows = box.value;
      touched = new Set();
      changed();
      window.scrollTo(0, 0);
    });
  }
  $("in-list").addEventListener("input", changed);
  for (const what of ["scroll", "resize"]) window.addEventListener(what, placeLetters, { passive: true });
  new ResizeObserver(placeLetters).observe(document.querySelector(".roll-head"));
}
