/* Hand-overs with other services: whom this one hands over or receives today. Ticked as marks are. */

import * as page from "./roll_list.js";
import * as queue from "./roll_queue.js";
import { onTheirWay, pressed, stand } from "./roll_gestures.js";

const STANDS = { handed: "on_the_way", not_coming: "away", received: "arrived" };
const OPEN = ["waiting", "on_the_way"];
const $ = (id) => document.getElementById(id);

let found = null;   // what the desk said of today, or was kept here
let drawn = "";     // the states on the screen
let acts = 0;
let here = {};      // keep, kept: what stays on the device; by: who is on duty; changed: the page says so

export const setUp = (options) => { here = options; };
export const at = () => found && found.at;

export function forget() {
  found = null;
  drawn = "";
  $("passages").replaceChildren();
  $("missed").hidden = true;
}

/* Ask the desk, and return whether it answers; without network what was kept of today stays, with what was
   ticked here since. */
export async function look() {
  const [before, made, by] = [await queue.waiting(), acts, here.by()];
  const answer = await queue.ask("passages.json");
  if (!by || here.by() !== by || made !== acts) return Boolean(answer);
  if (answer && answer.status === 200) {
    found = answer.body;
    await here.keep("passages", found);
  } else found ??= await here.kept("passages");
  if (found && new Date(found.at).toDateString() !== new Date().toDateString()) found = null;
  for (const row of await onTheirWay(before)) {
    const each = found && found.passages.find((one) => one.id === row.relay_id && one.day === row.day);
    if (each) ticked(each, row.kind, () => stand(each, row.kind, row.id, row.made_at));
  }
  draw();
  return Boolean(answer);
}

/* What comes of this side's tick is known with the network alone: until then nothing here falls due. */
function ticked(each, kind, set) {
  const arrivedThere = each.state === "arrived" && each.kind !== "received";
  set();
  if (!arrivedThere) Object.assign(each, { state: STANDS[kind] || "waiting", due: null, lifted: null });
}

async function tick(each, kind) {
  acts += 1;
  let row = null;
  ticked(each, kind, () => {
    row = pressed("passage", { relay_id: each.id, day: each.day }, each, kind, here.by());
  });
  draw();
  await here.keep("passages", found);
  await queue.add([row]);
}

const isDue = (each) => OPEN.includes(each.state) && each.due && Date.now() >= new Date(each.due);
const stateOf = (each) => (isDue(each) ? "missed" : each.state);
const when = (each, kind) => [each, each.theirs].find((side) => side.kind === kind)?.at;
const passages = () => (found ? found.passages : []);
const missed = () => passages().filter((each) => stateOf(each) === "missed");

function said(each) {
  const state = stateOf(each);
  const part = (tone, drawing, ...inside) =>
    page.make("span", { class: `state ${tone}` }, page.icon(drawing), ...inside);
  const hour = (key, iso) => page.say(key, { hour: page.hour(iso) });
  const handed = when(each, "handed");
  const onItsWay = handed ? part("blue", "sent", hour("handed_at", handed)) : "";
  if (state === "missed") {
    return [part("red", "alert", page.say("missed", { service: each.service })), onItsWay,
      each.dial ? page.make("a", { href: `tel:${each.dial}` }, each.phone) : ""];
  }
  const lifted = each.lifted ? part("soft", "info", hour("lifted", each.lifted)) : "";
  if (state === "arrived") return [part("green", "check", hour("received_at", when(each, "received"))), lifted];
  if (state === "away") return [part("soft", "info", page.say("away")), lifted];
  return [onItsWay || part("gold", "waiting", page.say("waits")), lifted];
}

function row(each) {
  const contradiction = each.to_check || each.theirs.to_check
    ? page.flag({ tone: "gold", icon: "alert", text: page.say("to_check") }) : "";
  return page.make("fieldset", { class: `card pupil${contradiction ? " to-check" : ""}` },
    page.make("legend", { class: "hidden-visually" }, each.name),
    page.make("div", { class: "pupil-who" },
      page.make("span", { class: "pupil-name" }, page.make("b", {}, each.name), contradiction),
      page.make("small", { class: "soft" }, each.way),
      page.make("span", { class: "row said" }, ...said(each))),
    page.make("span", { class: "ticks" }, ...each.kinds.map((kind) => page.segment(each, kind, tick))));
}

function draw() {
  const late = missed().length;
  drawn = passages().map(stateOf).join();
  const order = [...passages()].sort((one, other) =>
    (stateOf(other) === "missed") - (stateOf(one) === "missed"));
  page.inPlace(() => $("passages").replaceChildren(...order.map(row)));
  $("no-passage").hidden = order.length > 0;
  $("to-passages").hidden = order.length === 0;
  $("passages-way").hidden = order.length === 0;
  $("passages-words").textContent = page.count("passages", order.length);
  $("missed").hidden = late === 0;
  $("missed-words").textContent = page.count("missed", late);
  here.changed();
}

/* Time passes without network too. */
export function lookAtClock() {
  if (found && drawn !== passages().map(stateOf).join()) draw();
}
