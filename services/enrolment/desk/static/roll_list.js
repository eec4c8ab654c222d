/* The list on the screen: children, alerts, counts, dialogs. It draws; roll_call.js decides. */

const element = document.getElementById("labels");
const labels = JSON.parse(element.textContent);

export const say = (key, values = {}) =>
  Object.entries(values).reduce((sentence, [name, value]) => sentence.replaceAll(`{${name}}`, value), labels[key]);
export const count = (key, number) => say(number < 2 ? `${key}_one` : `${key}_many`, { n: number });
/* Counts side by side, each in one piece. */
const counted = (...all) => all.map(([key, number]) => count(key, number).replaceAll(" ", "\u00a0")).join(" · ");
/* The parts of a moment in Paris by their names: what stands between them differs from browser to browser. */
const partsOf = (at, wanted) => {
  const parts = new Intl.DateTimeFormat("fr-FR", { ...wanted, timeZone: "Europe/Paris" }).formatToParts(at);
  return (type) => parts.find((each) => each.type === type).value;
};
export const hour = (iso) => {
  const part = partsOf(new Date(iso), { hour: "numeric", minute: "2-digit" });
  return `${Number(part("hour"))}\u00a0h${part("minute") === "00" ? "" : `\u00a0${part("minute")}`}`;
};

/* Today as the calendar in Paris has it, « 2026-12-01 »; what is kept here may be of another day. */
export const today = () => {
  const part = partsOf(new Date(), { year: "numeric", month: "2-digit", day: "2-digit" });
  return ["year", "month", "day"].map(part).join("-");
};

export function make(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...inside.filter((each) => each != null && each !== ""));
  return made;
}

export function icon(name) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${element.dataset.icons}#${name}`);
  drawn.append(use);
  return drawn;
}

export const flag = (alert) => make("span", { class: `flag ${alert.tone}` }, icon(alert.icon), alert.text);

/* Of a child whose sheet is not on this device: silence would read as « no allergy ». */
export const careNotHere = () => ({ tone: "red", icon: "health", text: say("care_not_here") });

export function segment(child, kind, mark) {
  const box = make("input", { type: "radio", name: `mark-${child.id}`, value: kind,
    change: () => mark(child, kind) });
  box.checked = (child.kind || "cleared") === kind && !child.to_check;
  return make("label", { class: `tick-${kind}` }, box, say(kind));
}

/* What is done where somebody else comes for a child: the same words for all, whatever is known of it. */
export const door = () => make("section", {}, make("h3", {}, say("door_title")), make("p", {}, say("door")));

const collectorName = ({ kind, name }) => ({ parent: say("with_parent"), alone: say("with_nobody") })[kind] || name || "…";

/* With whom a child left: asked once it is ticked, open for the last one alone, and never needed. */
function leaving(child, acts) {
  if (child.kind !== "left" || child.to_check || !child.collectors?.length) return "";
  const isChosen = (one) => child.with && one.kind === child.with.kind && one.name === (child.with.name || "");
  const choice = (one, at) => {
    const box = make("input", { type: "radio", name: `with-${child.id}`, value: at, change: () => acts.collect(child, one) });
    box.checked = Boolean(isChosen(one));
    return make("label", {}, box, collectorName(one));
  };
  const at = hour(child.at);
  const said = child.with ? say("left_with", { hour: at, who: collectorName(child.with) }) : say("left_at", { hour: at });
  const choices = make("div", { class: "collectors", role: "radiogroup", "aria-label": said }, ...child.collectors.map(choice),
    make("button", { type: "button", class: "link", click: acts.atTheDoor }, say("somebody_else")));
  return make("details", { class: "leaving", open: acts.isLast(child) }, make("summary", {}, said), choices);
}

function pupil(child, acts) {
  const alerts = child.alerts.map(flag);
  if (child.to_check) alerts.push(flag({ tone: "gold", icon: "alert", text: say("to_check") }));
  const name = child.has_sheet ? make("button", { type: "button", class: "link", click: () => acts.sheet(child) },
    make("span", { class: "hidden-visually" }, `${say("sheet")} : `), make("b", {}, child.name)) : make("b", {}, child.name);
  const title = make("span", { class: "pupil-name" }, name, ...alerts);
  const kinds = ["present", "absent", ...(child.kind === "present" || child.kind === "left" ? ["left"] : [])];
  return make("fieldset", { class: `card pupil${child.to_check ? " to-check" : ""}`, id: `child-${child.id}` },
    make("legend", { class: "hidden-visually" }, child.name),
    make("div", { class: "pupil-who" }, title,
      child.note ? make("small", { class: "soft" }, child.note) : ""),
    make("span", { class: "ticks" }, ...kinds.map((kind) => segment(child, kind, acts.mark))), leaving(child, acts));
}

const guest = (one, acts, signed) => make("div", { class: "card pupil" },
  make("span", { class: "pupil-name" }, make("b", {}, one.name),
    flag({ tone: "gold", icon: "info", text: say("unknown") }), flag(careNotHere())),
  make("span", { class: "row" }, make("span", { class: "state green" }, say("present")),
    signed ? "" : make("button", { type: "button", class: "button quiet slim", click: () => acts.mistyped(one),
      "aria-label": `${say("mistyped")} : ${one.name}` }, say("mistyped"))));

export function tally(data) {
  const expected = data.children.filter((child) => child.expected);
  const came = (child) => child.kind === "present" || child.kind === "left";
  const open = data.children.filter((child) => (child.expected && !child.kind) || child.to_check);
  return {
    expected: expected.length,
    present: data.children.filter(came).length + data.unknown.length,
    absent: expected.filter((child) => child.kind === "absent").length,
    open,
    group: data.children.filter((child) => child.group_button && !child.kind && !child.to_check),
    marked: expected.filter((child) => child.kind),
  };
}

/* Draw anew what somebody may be ticking by keyboard: the same box has the focus again. */
export function inPlace(drawing) {
  const { name, value } = document.activeElement || {};
  drawing();
  const again = name && Array.from(document.getElementsByName(name)).find((each) => each.value === value);
  if (again) again.focus({ preventScroll: true });
}

export function draw(data, acts) {
  const counts = tally(data);
  document.getElementById("list-title").textContent = `${data.session.activity}\u00a0· ${data.session.group}`;
  document.getElementById("other-day-words").textContent = say("list_of_day", { day: data.session.day_label });
  document.getElementById("counts").textContent = counted(["expected", counts.expected],
    ["presents", counts.present], ["absents", counts.absent], ["opens", counts.open.length]);
  const whole = Math.max(1, counts.expected);
  const width = (number) => `${Math.min(100, (100 * number) / whole)}%`;
  const came = counts.marked.filter((child) => child.kind !== "absent").length;
  document.getElementById("bar-present").style.width = width(came);
  document.getElementById("bar-absent").style.width = width(counts.absent);
  const rows = [...data.children.map((child) => pupil(child, acts)), ...data.unknown.map((one) => guest(one, acts, data.session.closed_at))];
  inPlace(() => document.getElementById("children").replaceChildren(...rows));
  const group = document.getElementById("mark-group");
  group.hidden = counts.group.length === 0;
  group.textContent = count("group", counts.group.length);
  document.getElementById("closed").hidden = !data.session.closed_at;
  if (data.session.closed_at) {
    document.getElementById("closed-words").textContent = say("closed_at", { hour: hour(data.session.closed_at) });
  }
  document.getElementById("close-group").hidden = Boolean(data.session.closed_at);
  document.getElementById("reopen-group").hidden = !data.session.closed_at || !acts.mayReopen();
}

/* What a list has that it had not when it was looked at last: who calls the roll may have read it on paper. */
export function sayNews(former, children) {
  const known = new Map(former.map((child) => [child.id, child.alerts.map((alert) => alert.text)]));
  const changed = children.map((child) => [child, child.alerts.filter((alert) =>
    !(known.get(child.id) || []).includes(alert.text))]).filter(([, alerts]) => alerts.length);
  const box = document.getElementById("news");
  const lines = changed.map(([child, alerts]) => make("li", {},
    make("a", { href: `#child-${child.id}` }, child.name), " ", ...alerts.map(flag)));
  box.querySelector("ul").append(...lines);
  box.hidden = box.hidden && lines.length === 0;
  const read = document.getElementById("told");
  if (read.open && lines.length) read.querySelector(".inside").prepend(flag({ tone: "red", icon: "alert", text: say("list_changed") }));
}

export function forgetNews() {
  const box = document.getElementById("news");
  box.hidden = true;
  box.querySelector("ul").replaceChildren();
}

/* Those of today, and what the calendar says of it; below them what earlier days left unsigned. */
export function sessions({ sessions: rows, day, apart = [] }, open) {
  const when = (row) => row.day === today() ? row.hours : `${row.day_label}, ${row.hours}`;
  const state = (row) => row.cancelled ? say("cancelled") : row.closed_at ? say("closed_at", { hour: hour(row.closed_at) })
    : counted(["expected", row.expected], ["presents", row.present], ["opens", row.open]);
  const line = (row) => make("li", {}, make("button", { type: "button", class: "line", disabled: row.cancelled,
    click: () => open(row) },
    make("span", {}, make("span", { class: "title" }, `${row.activity} · ${row.group}`), " ",
      make("span", { class: "soft small" }, row.site === row.group ? when(row) : `${when(row)} · ${row.site}`)),
    make("span", { class: "row" }, state(row), icon("next"))));
  const [own, earlier] = [rows.filter((row) => row.day === today()), rows.filter((row) => row.day !== today())];
  document.getElementById("sessions").replaceChildren(...own.map(line));
  document.getElementById("sessions").hidden = own.length === 0;
  document.getElementById("no-session").hidden = own.length > 0;
  document.getElementById("earlier-sessions").replaceChildren(...earlier.map(line));
  document.getElementById("earlier").hidden = earlier.length === 0;
  document.getElementById("apart").hidden = day !== today() || apart.length === 0;
  document.getElementById("apart-words").textContent = apart.join("\u00a0; ");
}

export const section = (each) => make("section", {}, make("h3", {}, each.title),
  make("dl", { class: "facts" }, ...each.lines.map((line) => make("div", {},
    make("dt", {}, line.tone === "red" ? make("b", { class: "urgent" }, line.term) : line.term),
    make("dd", {}, line.dial ? make("a", { href: `tel:${line.dial}` }, line.text) : line.text)))));

export function show(dialog, title, ...inside) {
  const box = document.getElementById(dialog);
  box.querySelector("h2").textContent = title;
  box.querySelector(".inside").replaceChildren(...inside);
  if (!box.open) box.showModal();
  return box;
}
