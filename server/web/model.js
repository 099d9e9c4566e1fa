// The hub's state as the page knows it: tables by key, brought up to date by snapshots and deltas. No DOM, no network.

export const TABLES = ['processes', 'threads', 'engines', 'breakpoints'];
export const MAX_EVENTS = 100_000;

/** @returns an empty state. Its tables and its list of events are changed in place. `kinds`: of clients by number, those that have left included. */
export function emptyModel() {
  return {number: 0, time: 0, events: [], lostEvents: 0, counts: {}, kinds: new Map(), ...Object.fromEntries(TABLES.map(name => [name, new Map()]))};
}

/** As if nothing had been known. */
export function forgetAll(model) {
  for (const name of TABLES) model[name].clear();
  model.kinds.clear();
  Object.assign(model, {number: 0, events: [], lostEvents: 0, counts: {}});
}

/** Replaces everything. Events that are known already are kept: a snapshot has only the latest. */
export function applySnapshot(model, update) {
  for (const name of TABLES) {
    model[name].clear();
    for (const [key, row] of Object.entries(update.set[name] ?? {})) model[name].set(key, row);
  }
  const last = model.events.at(-1)?.number ?? 0;
  addEvents(model, update.events.filter(event => event.number > last));
  model.number = update.number;
  model.time = update.time;
  model.counts = update.counts;
}

/** @returns false when a delta is missing in between: then a new snapshot is needed. */
export function applyDelta(model, update) {
  if (update.number !== model.number + 1) return false;
  for (const name of TABLES) {
    for (const key of update.gone?.[name] ?? []) model[name].delete(key);
    for (const [key, row] of Object.entries(update.set[name] ?? {})) model[name].set(key, row);
  }
  addEvents(model, update.events);
  model.lostEvents += update.lost_events ?? 0;
  model.number = update.number;
  model.time = update.time;
  model.counts = update.counts;
  return true;
}

function addEvents(model, events) {
  for (const event of events) {
    model.events.push(event);
    // "gdb#2 (127.0.0.1:40312)"; of one that has left it is known from the event of its coming only.
    const name = event.kind === 'connected' ? event.text : event.by;
    const kind = event.engine && name.slice(0, name.indexOf('#'));
    if (kind && kind !== 'client ') model.kinds.set(event.engine, kind);
  }
  // In one go and seldom: shifting a long array for each event would cost more than all the rest.
  if (model.events.length > MAX_EVENTS * 1.1) model.events.splice(0, model.events.length - MAX_EVENTS);
}

/** How a thread is: 'waiting' (somebody wants it to run, others hold it), 'held', 'stopping', 'stuck', 'running'. */
export function threadState(thread) {
  if (thread.holds.length === 0) return 'running';
  if (thread.waits.length > 0) return 'waiting';
  if (thread.holds.some(hold => hold.uninterruptible)) return 'stuck';
  return thread.holds.some(hold => hold.in_force) ? 'held' : 'stopping';
}

export const STATE_TEXT = {
  waiting: 'held, wanted', held: 'held', stopping: 'stopping', stuck: 'cannot stop yet', running: 'running',
};
const STATE_ORDER = ['waiting', 'stuck', 'stopping', 'held', 'running'];

/** "gdb#2"; the hub itself is 0. */
export function engineName(model, id) {
  if (id === 0) return 'the hub';
  return `${model.engines.get(String(id))?.kind ?? model.kinds.get(id) ?? 'client'}#${id}`;
}

/** It is held for what another thread does. */
function isBystander(thread) {
  return thread.holds.every(hold => hold.reason === 'all threads stopped with another one');
}

/** All threads as [tid, thread, state], those that somebody waits for first, and among these those that are held for something of their own. */
export function threadsByUrgency(model) {
  const rows = [...model.threads].map(([tid, thread]) => [Number(tid), thread, threadState(thread)]);
  const rank = ([tid, thread, state]) => STATE_ORDER.indexOf(state);
  return rows.sort((a, b) => rank(a) - rank(b) || isBystander(a[1]) - isBystander(b[1]) || a[1].pid - b[1].pid || a[0] - b[0]);
}

/** Who holds how much: [{engine, threads, since, reasons: [[text, count]], keepsWaiting}], the one that others wait for first, the hub itself last. */
export function holders(model) {
  const byEngine = new Map();
  for (const [tid, thread] of model.threads) {
    for (const hold of thread.holds) {
      if (!byEngine.has(hold.engine)) {
        byEngine.set(hold.engine, {engine: hold.engine, threads: [], since: Infinity, reasons: new Map(), keepsWaiting: 0});
      }
      const holder = byEngine.get(hold.engine);
      holder.threads.push(Number(tid));
      holder.since = Math.min(holder.since, hold.since);
      holder.reasons.set(hold.reason, (holder.reasons.get(hold.reason) ?? 0) + 1);
      if (thread.waits.some(wait => wait.engine !== hold.engine)) holder.keepsWaiting += 1;
    }
  }
  return [...byEngine.values()]
    .map(holder => ({...holder, reasons: [...holder.reasons].sort((a, b) => a[1] - b[1])}))
    .sort((a, b) => Math.sign(b.engine) - Math.sign(a.engine) || b.keepsWaiting - a.keepsWaiting || b.threads.length - a.threads.length || a.engine - b.engine);
}

export function baseName(path) {
  return path.slice(path.lastIndexOf('/') + 1) || path;
}

/** "4 s", "3 min 12 s", "2 h 5 min". */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "40 µs", "2.5 ms", "1.0 s". */
export function microseconds(value) {
  return value < 1e3 ? `${Math.round(value)} µs` : value < 1e6 ? `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)} ms` : `${(value / 1e6).toFixed(1)} s`;
}

export function count(number, one, many = one + 's') {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** Local time of day with microseconds, of seconds since the epoch. */
export function timeOfDay(seconds) {
  const date = new Date(seconds * 1000);
  const pad = number => String(number).padStart(2, '0');
  const micros = String(Math.floor((seconds % 1) * 1e6)).padStart(6, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${micros}`;
}
