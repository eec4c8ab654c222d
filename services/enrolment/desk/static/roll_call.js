/* The roll call: who is on duty, which session, what is ticked. Works without network once opened. */

import * as device from "./roll_device.js";
import * as filter from "./roll_filter.js";
import * as page from "./roll_list.js";
import * as passages from "./roll_passages.js";
import * as queue from "./roll_queue.js";
import { onTheirWay, pressed, stand } from "./roll_gestures.js";

const IDLE_MS = 5 * 60 * 1000;
const LOOK_MS = 45000;
const EMERGENCY_MS = 15 * 60 * 1000;
const $ = (id) => document.getElementById(id);

let who = null;      // who is on duty: subject, name, by_pin, day
let keys = null;     // on a tablet: seals and opens what is kept here
let data = null;     // the list on the screen
let sheets = {};     // care sheets, in the open only at a desk
let elsewhere = new Map();  // children of the other lists that are kept here, while one is looked for
let typing = null;   // seals typed names until they have left
let tablet = null;
let online = true;
let acts = 0;        // how often somebody has ticked since the page was opened
let shown = "";      // which part of the page
let last = [];       // what the last act was, for one tap to take it back
let lastTyped = null;  // where it was a name that is on no list, that one
let touched = Date.now();
let day = page.today();  // on which the part on the screen was opened

/* Who is on duty */

async function start() {
  queue.setUp({ changed: showDelivery, locked: lockHere });
  passages.setUp({ keep, kept, by: () => who && who.subject, changed: () => showState() });
  await device.forgetOld();
  wire();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js").catch(() => {});
  await lookAgain();
  setInterval(tick, 5000);
}

async function lookAgain() {
  const answer = await queue.ask("etat.json");
  online = Boolean(answer && answer.body);
  if (!online) return showLock(await offlineAgents());
  queue.useToken(answer.body.csrf);
  tablet = answer.body.tablet;
  await device.keepOnly(answer.body.agents.map((one) => one.subject));
  // The keys to what is kept here come of the PIN alone: a page loaded anew asks for it again.
  if (answer.body.who && !answer.body.who.by_pin) return begin(answer.body.who, null);
  if (tablet === null) { window.location.assign("/"); return undefined; }
  return showLock(answer.body.agents);
}

const offlineAgents = async () =>
  (await device.all("keys")).map((row) => ({ subject: row.subject, name: row.label }));

function showLock(agents) {
  who = keys = typing = data = null;
  sheets = {};
  elsewhere = new Map();
  queue.useNamesKey(null);
  passages.forget();
  $("agent").replaceChildren(...agents.map((one) => page.make("option", { value: one.subject }, one.name)));
  $("nobody").hidden = agents.length > 0;
  $("pin-form").hidden = agents.length === 0;
  $("pin").value = "";
  $("children").replaceChildren();
  page.forgetNews();
  clear();
  view("lock");
  showState();
}

async function lockHere() {
  if (!who) return;
  if (!tablet && online && !who.by_pin) { window.location.reload(); return; }
  await lookAgain();
}

async function openByPin(event) {
  event.preventDefault();
  const subject = $("agent").value;
  const pin = $("pin").value;
  const name = $("agent").selectedOptions[0].textContent;
  const answer = await queue.post("ouvrir", { subject, pin });
  if (answer && answer.status === 200) {
    online = true;
    return begin({ ...(await queue.ask("etat.json")).body.who }, await device.keysAfterOpening({ subject, name }, pin));
  }
  if (answer && answer.body && answer.body.error) {
    return refusePin(answer.body.error === "locked"
      ? page.say("locked_until", { hour: page.hour(answer.body.until) }) : page.say("wrong_pin"));
  }
  online = false;
  const found = await device.keysOffline(subject, pin);
  if (found) return begin({ subject, name, by_pin: true, day: false }, found);
  const known = await device.get("keys", subject);
  return refusePin(page.say(known ? "wrong_pin" : "wrong_pin_offline"));
}

function refusePin(words) {
  $("pin").value = "";
  $("pin-mistake").hidden = false;
  $("pin-mistake-words").textContent = words;
  $("pin").focus();
}

async function begin(person, found) {
  who = person;
  keys = found;
  touched = Date.now();
  $("pin-mistake").hidden = true;
  $("on-duty").textContent = person.name;
  $("lock").hidden = !person.by_pin;
  $("to-desk").hidden = person.by_pin;
  typing = keys ? keys.names : await device.deskKey();
  queue.useNamesKey(typing);
  queue.flush();
  await chooseSession();
  await lookAtPassages();
  if (who && window.location.hash === "#passages") await showPassages();
  const asked = /^#seance=([0-9a-f-]{36})$/.exec(window.location.hash);
  if (who && asked) await openSession({ id: asked[1] });
}

async function lock() {
  await queue.post("fermer", {});
  await lookAgain();
}

/* Sessions and lists */

const keep = (name, value) => keys && device.keepSealed(who.subject, name, keys.names, value);
const kept = (name) => device.openSealed(who.subject, name, keys && keys.names);

async function chooseSession() {
  data = null;
  window.scrollTo(0, 0);
  const answer = await queue.ask("seances.json");
  online = Boolean(answer);
  if (answer && answer.status === 401) return;
  const found = (answer && answer.body) || (await kept("sessions")) || { sessions: [] };
  if (answer && answer.body) await keep("sessions", answer.body);
  page.sessions(found, openSession);
  view("choose");
  showState();
}

async function openSession(row) {
  const isOpen = () => shown === "list" && data && data.session.id === row.id;
  const former = isOpen() ? data.children : null;
  const made = acts;
  const isOutdated = () => former && (made !== acts || !isOpen());
  const before = await queue.waiting();
  const known = former || ((await kept(row.id)) || { children: [] }).children;
  const answer = await queue.ask(`seances/${row.id}.json`);
  online = Boolean(answer);
  if (answer && answer.status === 401) return;
  // Looked at anew, a list stays as it is where no answer comes, and where somebody ticked or left meanwhile.
  if (isOutdated() || (former && (!answer || answer.status >= 500))) return showState();
  if (answer && answer.status === 200) {
    const { sheets: found, ...list } = answer.body;
    list.children.forEach((child) => { child.has_sheet = found[child.id].length > 0; });
    if (keys) await device.keepSealed(who.subject, `${row.id}|sheets`, keys.sheets, found);
    else sheets = found;
    if (isOutdated()) return showState();
    data = list;
  } else {
    data = await kept(row.id);
  }
  if (!data) return page.show("told", page.say("no_list_title"), page.make("p", {}, page.say("no_list")));
  await overlay(before, known);
  [last, lastTyped] = [[], null];
  if (shown !== "list") filter.forget();
  await redraw();
  if (former) page.sayNews(former, data.children);
  else page.forgetNews();
  openAtTop();
}

/* A list opens at its first child, wherever the one before was scrolled to; looked at anew, it stays. */
function openAtTop() {
  const fresh = shown !== "list";
  view("list");
  if (!fresh) return;
  window.scrollTo(0, 0);
  $("list-title").focus({ preventScroll: true });
}

/* What is still on its way stands on the list as if it had arrived; so does what left while the answer came.
   A child who was not expected is on no list of the desk before its mark is there: it is one of those known here. */
async function overlay(before, former = []) {
  const known = [...former, ...data.others.map(unexpected)];
  const rows = await onTheirWay(before);
  for (const row of rows.filter((each) => each.session_id === data.session.id)) {
    const there = data.children.find((one) => one.id === row.child_id);
    const child = there || known.find((one) => one.id === row.child_id);
    if (row.type === "mark" && child && !there && row.kind !== "cleared") putOnList(child);
    if (row.type === "mark" && child) {
      stand(child, row.kind, row.id, row.collected_by ? row.left_at : row.made_at);
      if (row.collected_by) child.with = { ...row.collected_by, name: await queue.typedName(row) };
    }
    if (row.type === "unknown" && !data.unknown.some((one) => one.id === row.id)) {
      data.unknown.push({ id: row.id, name: (await queue.typedName(row)) || page.say("unknown") });
    }
    if (row.type === "mistake") forgetTyped(row.unknown_id);
  }
}

async function lookForOthers() {
  if (!data) return;
  const id = data.session.id;
  const before = await queue.waiting();
  const made = acts;
  const answer = await queue.ask(`seances/${id}/etats.json`);
  online = Boolean(answer);
  if (made !== acts) return;  // somebody ticked meanwhile: the next look says more
  if (answer && answer.status === 200 && data && data.session.id === id) {
    const others = Object.entries(answer.body.states).some(([child, state]) => state.kind
      && !data.children.some((one) => one.id === child));
    // Beside the hand-overs a list waits: who reads them is not led away, and reads it anew on the way back.
    if (shown === "list" && (others || answer.body.edition !== data.edition)) { await openSession({ id }); return; }
    for (const child of data.children) {
      Object.assign(child, answer.body.states[child.id] || { kind: null, at: null, to_check: false, heads: [], with: null });
    }
    data.unknown = answer.body.unknown;
    data.session.closed_at = answer.body.closed_at;
    data.at = answer.body.at;
    await overlay(before);
    await redraw();
  } else showState();
}

async function lookAtPassages() {
  if (!who) return;
  online = await passages.look();
  await showState();
}

async function showPassages() {
  view("passages");
  await lookAtPassages();
}

async function leavePassages() {
  if (!data) return chooseSession();
  view("list");
  return lookForOthers();
}

async function redraw() {
  page.draw(data, { mark: (child, kind) => mark([child], kind), sheet: showSheet, mayReopen: () => who.day,
    collect, atTheDoor, mistyped, isLast: (child) => last.some((one) => one.child === child) });
  filter.apply(data.children);
  $("undo").hidden = last.length === 0 && (!lastTyped || Boolean(data.session.closed_at));
  await keep(data.session.id, data);
  await showState();
}

/* Ticking */

async function mark(children, kind) {
  acts += 1;
  filter.touch(children);
  last = children.map((child) => ({ child, was: child.kind || "cleared" }));
  lastTyped = null;
  const rows = children.map((child) =>
    pressed("mark", { session_id: data.session.id, child_id: child.id }, child, kind, who.subject));
  await redraw();
  await queue.add(rows);
}

const markGroup = () => mark(page.tally(data).group, "present");

/* Back to what each of them was before: who was ticked « Parti » by mistake is there still. */
async function undo() {
  if (lastTyped) return withdraw(lastTyped);
  const former = last;
  for (const kind of new Set(former.map((one) => one.was))) {
    await mark(former.filter((one) => one.was === kind).map((one) => one.child), kind);
  }
  last = [];
  return redraw();
}

/* With whom a child left, said after the tick that it did: a mark of its own, which takes that one's place. A name
   waits sealed, as no other mark has one. */
async function collect(child, chosen) {
  acts += 1;
  const left_at = child.at;
  const row = pressed("mark", { session_id: data.session.id, child_id: child.id }, child, "left", who.subject);
  Object.assign(child, { at: left_at, with: chosen });
  await redraw();
  const sealed = chosen.name ? { sealed: await device.seal(typing, chosen.name) } : {};
  await queue.add([{ ...row, ...sealed, left_at, collected_by: { kind: chosen.kind } }]);
}

const atTheDoor = () => page.show("told", page.say("door_title"), page.make("p", {}, page.say("door")));

/* Nobody stands on a list as if nothing were known of it: what another list kept here knows comes along, and where
   none does the child says so itself, until its sheet has come. */
function unexpected({ id, name }) {
  const known = elsewhere.get(id);
  const care = known ? known.alerts.filter((alert) => alert.about === "care") : [page.careNotHere()];
  const note = known ? [known.note, known.from].filter(Boolean).join(" · ") : page.say("sheet_to_come");
  return { id, name, heads: [], sheet_to_come: true, note, has_sheet: known && known.has_sheet, sheet_of: known && known.list,
    alerts: [...care, { tone: "gold", icon: "info", text: page.say("not_booked") }] };
}

/* The children of the other lists of that day that who is on duty has opened on this device. */
async function lookElsewhere() {
  const found = new Map();
  const { sessions = [] } = (await kept("sessions")) || {};
  for (const row of sessions.filter((one) => one.id !== data.session.id && one.day === data.session.day)) {
    const list = await kept(row.id);
    const from = list && page.say("sheet_from", { group: row.group, hour: page.hour(list.at) });
    for (const child of (list ? list.children : []).filter((one) => !one.sheet_to_come)) {
      found.set(child.id, { ...child, list: row.id, from });
    }
  }
  elsewhere = found;
}

function putOnList(child) {
  data.children.push(child);
  data.others = data.others.filter((other) => other.id !== child.id);
}

async function addGuest(child) {
  $("guest").close();
  const known = data.children.find((one) => one.id === child.id);
  const one = known || unexpected(child);
  if (!known) putOnList(one);
  await mark([one], "present");
}

async function addUnknown(name) {
  $("guest").close();
  const row = { type: "unknown", id: queue.newId(), session_id: data.session.id, by: who.subject,
    made_at: new Date().toISOString() };
  const sealed = await device.seal(typing, name);
  [last, lastTyped] = [[], { id: row.id, name }];
  data.unknown.push(lastTyped);
  await redraw();
  await queue.add([{ ...row, sealed }]);
}

/* A typed name that was a mistake leaves the list until it is signed: who counts for an evacuation would look for it. */
const mistyped = (one) => page.show("told", one.name, page.make("p", {}, page.say("mistyped_sure")),
  page.make("button", { type: "button", class: "button", click: () => { $("told").close(); withdraw(one); } },
    page.say("mistyped_do")));

const forgetTyped = (id) => { data.unknown = data.unknown.filter((one) => one.id !== id); };

async function withdraw(one) {
  acts += 1;
  if (lastTyped && lastTyped.id === one.id) lastTyped = null;
  forgetTyped(one.id);
  await redraw();
  await queue.drop(one.id);
  await queue.add([{ type: "mistake", id: queue.newId(), session_id: data.session.id, unknown_id: one.id,
    by: who.subject, made_at: new Date().toISOString() }]);
}

async function searchGuest() {
  const typed = $("guest-name").value.trim();
  const near = [...elsewhere.values(), ...data.others].filter((one) => typed.length > 1 && filter.answers(one.name, typed));
  const answer = typed.length > 1 ? await queue.ask(`enfants.json?q=${encodeURIComponent(typed)}`) : null;
  if ($("guest-name").value.trim() !== typed) return;
  const found = new Map(near.map((one) => [one.id, one]));
  ((answer && answer.body && answer.body.children) || []).forEach((one) => found.set(one.id, one));
  $("guest-found").replaceChildren(...[...found.values()].map((one) => page.make("li", {},
    page.make("button", { type: "button", class: "button quiet wide", click: () => addGuest(one) }, one.name))));
  $("guest-unknown").hidden = typed.length < 2;
  // Who is found is one of these: entered as a stranger it would stand here without its allergies.
  $("guest-unknown").classList.toggle("quiet", found.size > 0);
  $("guest-unknown").textContent = page.say("add_unknown", { name: typed });
}

/* Care: what a list shows of health asks for the PIN again on a tablet. */

async function withSheets(then) {
  if (!who.by_pin) return then(sheets);
  const form = page.make("form", { class: "form" },
    page.make("label", { for: "pin-again" }, page.say("pin_again")),
    page.make("input", { id: "pin-again", type: "password", inputmode: "numeric", autocomplete: "off", maxlength: 6 }),
    page.make("p", { class: "mistake", role: "alert" }),
    page.make("button", { class: "button" }, page.say("open")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const key = await device.sheetKey(who.subject, form.querySelector("input").value);
    if (key) return then(await sheetsHere(key));
    form.querySelector("input").value = "";
    form.querySelector(".mistake").textContent = page.say("wrong_pin");
    if (!(await device.get("keys", who.subject))) await lock();
    return undefined;
  });
  page.show("told", page.say("pin_title"), form);
  form.querySelector("input").focus();
  return undefined;
}

/* The sheets of the list, and of who came to it unexpectedly those of the list it is expected on. */
async function sheetsHere(key) {
  const of = (id) => device.openSealed(who.subject, `${id}|sheets`, key);
  const found = (await of(data.session.id)) || {};
  for (const child of data.children.filter((one) => one.sheet_of)) {
    found[child.id] ??= ((await of(child.sheet_of)) || {})[child.id];
  }
  return found;
}

/* Who is here without a sheet on this device. */
const withoutSheet = () => [...data.children.filter((child) => child.sheet_to_come && !child.sheet_of), ...data.unknown]
  .map((one) => page.make("article", { class: "care" }, page.make("h3", {}, one.name), page.flag(page.careNotHere())));

const showSheet = (child) => withSheets((found) =>
  page.show("told", child.name, ...(found[child.id] || []).map(page.section), child.collectors?.length ? page.door() : ""));

const showCare = (urgentOnly) => withSheets((found) => {
  const rows = data.children.map((child) => [child, (found[child.id] || []).filter((each) =>
    !urgentOnly || each.lines.some((line) => line.tone))]).filter(([, lines]) => lines.length);
  const door = !urgentOnly && data.children.some((child) => child.collectors?.length) ? page.door() : "";
  page.show("told", page.say(urgentOnly ? "allergy_list" : "care_list"), door, ...rows.map(([child, lines]) =>
    page.make("article", { class: "care" }, page.make("h3", {}, child.name), ...lines.map(page.section))),
    ...withoutSheet(), rows.length || withoutSheet().length ? "" : page.make("p", {}, page.say("nobody_on_list")), pdfLink(urgentOnly ? "allergies" : "soins"));
});

/* An emergency: what to do for each child, at once; families and the DPO are told, now or with the network. */
async function emergency() {
  const row = { type: "emergency", id: queue.newId(), session_id: data.session.id, by: who.subject,
    made_at: new Date().toISOString() };
  const answer = await queue.post(`seances/${row.session_id}/urgence`, { id: row.id });
  if (answer && answer.status === 200) return showEmergency(answer.body.sheets);
  return withSheets(async (found) => {
    showEmergency(found);
    await queue.add([row]);
  });
}

function showEmergency(found) {
  const rows = data.children.filter((child) => (found[child.id] || []).length);
  const box = page.show("told", page.say("emergency"), page.make("p", {}, page.say("emergency_told")),
    ...rows.map((child) => page.make("details", { class: "care" }, page.make("summary", {}, child.name),
      ...found[child.id].map(page.section))), ...withoutSheet());
  setTimeout(() => { box.querySelector(".inside").replaceChildren(); box.close(); }, EMERGENCY_MS);
}

function showEvacuation() {
  const there = data.children.filter((child) => child.kind === "present").map((child) => child.name);
  const names = [...there, ...data.unknown.map((one) => one.name)];
  page.show("told", page.say("evacuation"), page.make("p", {}, page.count("presents", names.length)),
    page.make("ol", { class: "evacuation" }, ...names.map((name) => page.make("li", {},
      page.make("label", {}, page.make("input", { type: "checkbox" }), name)))), pdfLink("evacuation"));
}

const pdfLink = (kind) => online
  ? page.make("a", { class: "button quiet", href: `seances/${data.session.id}/${kind}.pdf`, target: "_blank" },
    page.say("print"))
  : "";

/* Closing a group */

async function closeGroup(decisions = {}) {
  const open = page.tally(data).open.filter((child) => !decisions[child.id]);
  if (open.length) return decide(open, decisions);
  await queue.flush();
  const answer = await queue.post(`seances/${data.session.id}/cloture`, { decisions });
  if (!answer) return page.show("told", page.say("offline_title"), page.make("p", {}, page.say("close_needs_network")));
  $("told").close();
  return lookForOthers();
}

function decide(open, decisions) {
  const form = page.make("form", { class: "form" }, page.make("p", {}, page.say("decide")),
    ...open.map((child) => page.make("fieldset", { class: "pupil" }, page.make("legend", {}, child.name),
      page.make("span", { class: "ticks" }, ...["present", "absent"].map((kind) =>
        page.make("label", { class: `tick-${kind}` },
          page.make("input", { type: "radio", name: child.id, value: kind, required: true }), page.say(kind)))))),
    page.make("button", { class: "button" }, page.say("close_group")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    closeGroup({ ...decisions, ...Object.fromEntries(new FormData(form)) });
  });
  page.show("told", page.say("close_group"), form);
}

async function reopen() {
  await queue.post(`seances/${data.session.id}/reouverture`, {});
  await lookForOthers();
}

/* What the page says of itself */

function view(name) {
  shown = name;
  day = page.today();
  document.querySelectorAll("[data-view]").forEach((each) => { each.hidden = each.dataset.view !== name; });
  if (name === "list") $("counts").after($("state")); // the head of a list stays in sight, the page's scrolls away
  else $("to-desk").before($("state"));
}

function clear() {
  document.querySelectorAll("dialog[open]").forEach((box) => box.close());
  view("");
}

async function showState(answer) {
  const number = (await queue.waiting()).length;
  const parts = [];
  if (number) parts.push(page.count("unsent", number));
  const shownAt = shown === "passages" ? passages.at() : data && data.at;
  if (shownAt) parts.push(page.say("list_of", { hour: page.hour(shownAt) }));
  const away = !online || !navigator.onLine;
  if (away) parts.push(page.say("offline"));
  $("no-network").hidden = !away;
  $("state").hidden = parts.length === 0;
  $("state").classList.toggle("gold", number > 0 || !navigator.onLine);
  $("state-words").textContent = parts.join(" · ");
  $("other-day").hidden = !data || data.session.day === page.today();
  if (answer && Object.keys(answer.refused || {}).length) {
    page.show("told", page.say("refused_title"), page.make("p", {}, page.say("refused")));
  }
}

/* What has left is known at the desk: the sheet of who was not expected comes with the list that is read then. */
function showDelivery(answer) {
  if (answer && data && data.children.some((child) => child.sheet_to_come)) lookForOthers();
  return showState(answer);
}

/* Nobody goes on with what was on the screen before a night, or before somebody else took the device. */
function leaveOld() {
  const idle = who && who.by_pin && Date.now() - touched > IDLE_MS;
  if (!who || (!idle && day === page.today())) return false;
  clear();
  (idle ? lock : chooseSession)();
  return true;
}

/* A device that wakes is touched before its clocks go on: what that touch was meant for is gone. */
function touch() {
  leaveOld();
  touched = Date.now();
}

async function tick() {
  if (leaveOld()) return;
  passages.lookAtClock();
  if (who && Date.now() - looked > LOOK_MS && document.visibilityState === "visible") {
    looked = Date.now();
    await lookForOthers();
    await lookAtPassages();
  }
}
let looked = Date.now();

function wire() {
  const on = (id, what, act) => $(id).addEventListener(what, act);
  ["pointerdown", "keydown"].forEach((what) => document.addEventListener(what, touch, true));
  window.addEventListener("online", () => { online = true; lookForOthers(); queue.flush().then(lookAtPassages); });
  window.addEventListener("offline", () => { online = false; showState(); });
  filter.wire(() => data && filter.apply(data.children));
  on("pin-form", "submit", openByPin);
  on("lock", "click", lock);
  on("news-read", "click", page.forgetNews);
  on("mark-group", "click", markGroup);
  on("undo", "click", undo);
  on("back", "click", chooseSession);
  ["open-passages", "to-passages", "see-missed"].forEach((id) => on(id, "click", showPassages));
  on("leave-passages", "click", leavePassages);
  on("add-guest", "click", () => {
    lookElsewhere().then(searchGuest);
    $("guest-name").value = "";
    $("guest-found").replaceChildren();
    $("guest-unknown").hidden = true;
    $("guest").showModal();
  });
  on("guest-name", "input", searchGuest);
  on("guest-unknown", "click", () => addUnknown($("guest-name").value.trim()));
  on("care", "click", () => showCare(false));
  on("allergies", "click", () => showCare(true));
  on("evacuation", "click", showEvacuation);
  on("emergency", "click", emergency);
  on("close-group", "click", () => closeGroup());
  on("reopen-group", "click", reopen);
  document.querySelectorAll("dialog [data-close]").forEach((each) =>
    each.addEventListener("click", () => each.closest("dialog").close()));
}

start();
