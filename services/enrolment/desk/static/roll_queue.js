/* Marks and ticks on their way: made here with an id of their own, kept until the desk has said that it has them.

   Sending again what was already taken does no harm: the desk knows each mark by its id. */

import * as device from "./roll_device.js";

const AT_ONCE = 200;
const AGAIN_MS = 15000;

let token = "";
let sending = null;
let names = null;      // opens the typed names of unknown children, while somebody is on duty
let changed = () => {};
let locked = () => {};

export function setUp(options) {
  changed = options.changed;
  locked = options.locked;
  window.addEventListener("online", () => flush());
  setInterval(() => flush(), AGAIN_MS);
}

export const useNamesKey = (key) => { names = key; };
export const useToken = (value) => { token = value; };

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export async function add(rows) {
  for (const row of rows) await device.put("queue", row);
  await changed();
  flush();
}

export const waiting = () => device.all("queue");

/* What has not left yet never does; what was leaving meanwhile is known by its id. */
export const drop = (id) => device.remove("queue", [id]);

/* One answer of the desk: parsed, or null where there is no network. */
export async function ask(path, options = {}) {
  try {
    const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
    if (answer.status === 401) { await locked(); return { status: 401 }; }
    const json = (answer.headers.get("content-type") || "").includes("json");
    return { status: answer.status, body: json ? await answer.json() : null };
  } catch (_) {
    return null;
  }
}

export async function post(path, body, again = true) {
  const answer = await ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrftoken": token },
    body: JSON.stringify(body),
  });
  if (answer && answer.status === 400 && again && await renewToken()) return post(path, body, false);
  return answer;
}

async function renewToken() {
  const state = await ask("etat.json");
  if (!state || !state.body) return false;
  token = state.body.csrf;
  return true;
}

/* Send what waits, one delivery after the other; several calls at once are one. */
export function flush() {
  sending ??= send().finally(() => { sending = null; });
  return sending;
}

async function send() {
  for (;;) {
    const rows = (await waiting()).sort((one, other) => (one.made_at < other.made_at ? -1 : 1));
    const delivery = await deliveryOf(rows);
    const { marks, passages, unknown, mistakes, emergencies } = delivery;
    const count = [marks, passages, unknown, mistakes, emergencies].reduce((sum, each) => sum + each.length, 0);
    if (!count) return;
    delivery.unsent = rows.length - count;
    const answer = await post("envoi", delivery);
    if (!answer || answer.status !== 200) return;
    const done = [...answer.body.taken, ...Object.keys(answer.body.refused)];
    await device.remove("queue", done);
    await changed(answer.body);
    if (!done.length) return;
  }
}

async function deliveryOf(rows) {
  const named = await Promise.all(rows.map(withName));
  const some = named.filter(Boolean).slice(0, AT_ONCE);
  const unknown = [];
  for (const row of rows.filter((each) => each.type === "unknown").slice(0, AT_ONCE)) {
    const name = await typedName(row);
    if (name) unknown.push({ id: row.id, session_id: row.session_id, name, made_at: row.made_at, by: row.by });
  }
  const of = (type, among) => among.filter((row) => row.type === type).map(({ type: _, ...row }) => row);
  return { device_now: new Date().toISOString(), marks: of("mark", some), passages: of("passage", some), unknown,
    mistakes: of("mistake", some), emergencies: of("emergency", rows).slice(0, 20) };
}

/* A mark that says with whom a child left; null where its name waits for who sealed it. */
async function withName(row) {
  if (!row.collected_by || !row.sealed) return row;
  const name = await typedName(row);
  return name && { ...row, collected_by: { ...row.collected_by, name } };
}

/* A typed name is sealed by who typed it: it leaves when that agent is on duty again. */
export async function typedName(row) {
  try { return names ? await device.unseal(names, row.sealed) : null; } catch (_) { return null; }
}
