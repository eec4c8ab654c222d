/* What stays on this device: marks not yet sent (ids alone), and on an enrolled tablet the lists, sealed.

   Lists are sealed by AES-GCM under two keys for each agent: one for names and states, one for the care
   sheets, which asks for the PIN again. Both are wrapped by a key made of the PIN (PBKDF2) and of a part
   that this browser never gives out. Five wrong PINs throw the keys away. */

const ROUNDS = 310000;
const MOST_WRONG = 5;
const KEPT_MS = 36 * 3600 * 1000;
const text = new TextEncoder();

let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("preau-roll-call", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("queue", { keyPath: "id" });
      asked.result.createObjectStore("keys", { keyPath: "subject" });
      asked.result.createObjectStore("sealed", { keyPath: "id" });
      asked.result.createObjectStore("device", { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function within(store, mode, act) {
  const base = await database();
  return new Promise((resolve, reject) => {
    const turn = base.transaction(store, mode);
    const asked = act(turn.objectStore(store));
    turn.oncomplete = () => resolve(asked && asked.result);
    turn.onerror = turn.onabort = () => reject(turn.error);
  });
}

export const put = (store, row) => within(store, "readwrite", (s) => s.put(row));
export const get = (store, id) => within(store, "readonly", (s) => s.get(id));
export const all = (store) => within(store, "readonly", (s) => s.getAll());
export const remove = (store, ids) =>
  within(store, "readwrite", (s) => { ids.forEach((id) => s.delete(id)); });

async function devicePart() {
  const known = await get("device", "part");
  if (known) return known.key;
  const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await put("device", { id: "part", key });
  return key;
}

/* At a desk nobody has a PIN: what is typed waits under a key that this browser keeps and never shows. */
export async function deskKey() {
  const known = await get("device", "desk");
  if (known) return known.key;
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await put("device", { id: "desk", key });
  return key;
}

async function wrapper(pin, salt) {
  const typed = await crypto.subtle.importKey("raw", text.encode(pin), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  const bits = await crypto.subtle.deriveBits(how, typed, 256);
  const raw = await crypto.subtle.sign("HMAC", await devicePart(), bits);
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

const fresh = (size) => crypto.getRandomValues(new Uint8Array(size));

async function sealBytes(key, bytes) {
  const iv = fresh(12);
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

const openBytes = (key, sealed) =>
  crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key, sealed.data);

export const seal = (key, value) => sealBytes(key, text.encode(JSON.stringify(value)));
export const unseal = async (key, sealed) =>
  JSON.parse(new TextDecoder().decode(await openBytes(key, sealed)));

const imported = (raw, uses) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, uses);

/* The keys of an agent, opened by PIN: `names` seals and opens, `sheets` only seals. */
async function keysFrom(row, pin) {
  const by = await wrapper(pin, row.salt);
  const names = await openBytes(by, row.names);
  const sheets = await openBytes(by, row.sheets);
  return {
    names: await imported(names, ["encrypt", "decrypt"]),
    sheets: await imported(sheets, ["encrypt"]),
    reading: () => imported(sheets, ["decrypt"]),
  };
}

/* After the desk has said that the PIN is right: the agent's keys here, made where there are none. */
export async function keysAfterOpening(agent, pin) {
  const known = await get("keys", agent.subject);
  if (known) {
    try {
      const { names, sheets } = await keysFrom(known, pin);
      await put("keys", { ...known, wrong: 0 });
      return { names, sheets };
    } catch (_) { await forget(agent.subject); }  // the PIN is another one since
  }
  const salt = fresh(16);
  const by = await wrapper(pin, salt);
  const row = { subject: agent.subject, label: agent.name, salt, wrong: 0,
    names: await sealBytes(by, fresh(32)), sheets: await sealBytes(by, fresh(32)) };
  await put("keys", row);
  const { names, sheets } = await keysFrom(row, pin);
  return { names, sheets };
}

/* Without network: the PIN opens what this agent opened here before. Null where it does not. */
export async function keysOffline(subject, pin) {
  const found = await tryPin(subject, pin);
  return found && { names: found.names, sheets: found.sheets };
}

/* Health details ask for the PIN again: a key that reads them, for once. */
export async function sheetKey(subject, pin) {
  const found = await tryPin(subject, pin);
  return found && found.reading();
}

async function tryPin(subject, pin) {
  const row = await get("keys", subject);
  if (!row) return null;
  try {
    const keys = await keysFrom(row, pin);
    if (row.wrong) await put("keys", { ...row, wrong: 0 });
    return keys;
  } catch (_) {
    if (row.wrong + 1 >= MOST_WRONG) await forget(subject);
    else await put("keys", { ...row, wrong: row.wrong + 1 });
    return null;
  }
}

async function forget(subject) {
  const rows = await all("sealed");
  await remove("sealed", rows.filter((row) => row.subject === subject).map((row) => row.id));
  await remove("keys", [subject]);
}

export async function keepSealed(subject, name, key, value) {
  const sealed = await seal(key, value);
  await put("sealed", { id: `${subject}|${name}`, subject, kept_at: Date.now(), ...sealed });
}

export async function openSealed(subject, name, key) {
  const row = await get("sealed", `${subject}|${name}`);
  if (!row || !key) return null;
  try { return await unseal(key, row); } catch (_) { return null; }
}

/* Who may no longer open this device, or a device that is no tablet any more, keeps no list. */
export async function keepOnly(subjects) {
  const rows = await all("keys");
  for (const row of rows) if (!subjects.includes(row.subject)) await forget(row.subject);
}

export async function forgetOld() {
  const rows = await all("sealed");
  const old = rows.filter((row) => row.kept_at < Date.now() - KEPT_MS);
  await remove("sealed", old.map((row) => row.id));
}
