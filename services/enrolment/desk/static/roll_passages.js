/* Hand-overs with other services: whom this one hands over or receives today. Ticked as marks are. */

import * as page from "./roll_list.js";
import * as queue from "./roll_queue.js";
import { onTheirWay, pressed, stand } from "./roll_gestures.js";

const STANDS = { handed: "on_the_way", not_coming: "away", received: "arrived" };
const OPEN = ["waiting", "on_the_way"];
const $ = (id) => document.getElementById(id);

let day = null;   // what the desk said of today, or was stored on the device
let drawn = "";     // the states on the screen
let ticks = 0;
let device = {};      // keep, kept: what stays on the device; by: who is on duty; changed: the page says so

export const setUp = (options) => { device = options; };
export const at = () => day && day.at;

export function forget() {
  day = null;
  drawn = "";
  $("passages").replaceChildren();
  $("missed").hidden = true;
}

/* Ask the desk, and return whether it answers; without network what was kept of today stays, with what was
   ticked here since. */
export async function look() {
  const [before, made, by] = [await queue.waiting(), ticks, device.by()];
  const answer = await queue.ask("passages.json");
  if (!by || device.by() !== by || made !== ticks) return Boolean(answer);
  if (answer && answer.status === 200) {
    day = answer.body;
    await device.keep("passages", day);
  } else day ??= await device.kept("passages");
  if (day && new Date(day.at).toDateString() !== new Date().toDateString()) day = null;
  for (const row of await onTheirWay(before)) {
    const passage = day && day.passages.find((other) => other.id === row.relay_id && other.day === row.day);
    if (passage) ticked(passage, row.kind, () => stand(passage, row.kind, row.id, row.made_at));
  }
  draw();
  return Boolean(answer);
}

/* What comes of this side's tick is known with the network alone: until then nothing here falls due. */
function ticked(passage, kind, set) {
  const arrivedThere = passage.state === "arrived" && passage.kind !== "received";
  set();
  if (!arrivedThere) Object.assign(passage, { state: STANDS[kind] || "waiting", due: null, lifted: null });
}

async function tick(passage, kind) {
  ticks += 1;
  let row = null;
  ticked(passage, kind, () => {
    row = pressed("passage", { relay_id: passage.id, day: passage.day }, passage, kind, device.by());
  });
  draw();
  await device.keep("passages", day);
  await queue.add([row]);
}

const isDue = (passage) => OPEN.includes(passage.state) && passage.due && Date.now() >= new Date(passage.due);
const stateOf = (passage) => (isDue(passage) ? "missed" : passage.state);
const when = (passage, kind) => [passage, passage.theirs].find((side) => side.kind === kind)?.at;
const passages = () => (day ? day.passages : []);
const missed = () => passages().filter((passage) => stateOf(passage) === "missed");

function labelOf(passage) {
  const state = stateOf(passage);
  const part = (tone, drawing, ...inside) =>
    page.make("span", { class: `state ${tone}` }, page.icon(drawing), ...inside);
  const hour = (key, iso) => page.say(key, { hour: page.hour(iso) });
  const handed = when(passage, "handed");
  const onItsWay = handed ? part("blue", "sent", hour("handed_at", handed)) : "";
  if (state === "missed") {
    return [part("red", "alert", page.say("missed", { service: passage.service })), onItsWay,
      passage.dial ? page.make("a", { href: `tel:${passage.dial}` }, passage.phone) : ""];
  }
  const lifted = passage.lifted ? part("soft", "info", hour("lifted", passage.lifted)) : "";
  if (state === "arrived") return [part("green", "check", hour("received_at", when(passage, "received"))), lifted];
  if (state === "away") return [part("soft", "info", page.say("away")), lifted];
  return [onItsWay || part("gold", "waiting", page.say("waits")), lifted];
}

function row(passage) {
  const contradiction = passage.to_check || passage.theirs.to_check
    ? page.flag({ tone: "gold", icon: "alert", text: page.say("to_check") }) : "";
  return page.make("fieldset", { class: `card pupil${contradiction ? " to-check" : ""}` },
    page.make("legend", { class: "hidden-visually" }, passage.name),
    page.make("div", { class: "pupil-who" },
      page.make("span", { class: "pupil-name" }, page.make("b", {}, passage.name), contradiction),
      page.make("small", { class: "soft" }, passage.way),
      page.make("span", { class: "row said" }, ...labelOf(passage))),
    page.make("span", { class: "ticks" }, ...passage.kinds.map((kind) => page.segment(passage, kind, tick))));
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
  device.changed();
}

/* Time passes without network too. */
export function lookAtClock() {
  if (day && drawn !== passages().map(stateOf).join()) draw();
}
