/* One gesture on a list: it stands there at once, with an id of its own, and is on its way from then on.

   Marks of the roll call and ticks of hand-overs are made alike; what they replace is named (`after`). */

import * as queue from "./roll_queue.js";

export function stand(one, kind, id, at) {
  Object.assign(one, { kind: kind === "cleared" ? null : kind, at, to_check: false, heads: [id], with: null });
}

/* A row for the queue; `where` says what it is about, `by` who pressed, now. */
export function pressed(type, where, one, kind, by) {
  const row = { type, id: queue.newId(), ...where, kind, made_at: new Date().toISOString(), by, after: one.heads };
  stand(one, kind, row.id, row.made_at);
  return row;
}

/* What is on its way, oldest first, and what left since `before`: it stands as if it had arrived. */
export async function onTheirWay(before) {
  const known = new Map([...before, ...(await queue.waiting())].map((row) => [row.id, row]));
  return [...known.values()].sort((one, other) => (one.made_at < other.made_at ? -1 : 1));
}
