// The page's own logpoints and what they have said. The hub drops them with the connection; they come again with the next one.
import {effect} from './vendor/signals-core.mjs';
import {request, status} from './connection.js';
import {listeners, notify} from './store.js';

export const MAX_LINES = 50_000;

/** By the hub's number: {at, hits, places: "worker_a", or '' while there is none yet}. */
export const logpoints = new Map();
/** As the hub has sent them: {n, time, pid, tid, text, logpoint, error}. */
export const lines = [];
/** Lines that came faster than they were read. */
export let lost = 0;

function logpoint(id) {
  if (!logpoints.has(id)) logpoints.set(id, {at: '', hits: 0, places: ''});
  return logpoints.get(id);
}

const HANDLERS = {
  log(event) {
    lines.push(event);
    if (lines.length > MAX_LINES * 1.1) lines.splice(0, lines.length - MAX_LINES);
    // Others may still come of one that is removed.
    if (logpoints.has(event.logpoint)) logpoints.get(event.logpoint).hits = event.hits;
  },
  logpoint(event) {
    if (event.done) logpoints.delete(event.logpoint);
    else if (event.where) logpoint(event.logpoint).places = event.where;
  },
  gap: event => lost += event.dropped,
  error: event => notify(event.text, 'error'),
};
listeners.event = event => HANDLERS[event.kind]?.(event);

/** @returns a promise, which fails with what is wrong with the text. */
export async function insert(at) {
  const {id} = await request('insert_logpoint', {at});
  logpoint(id).at = at;
}

export async function remove(id) {
  await request('remove_logpoint', {id});
  logpoints.delete(id);
}

export function clear() {
  lines.length = 0;
  lost = 0;
}

let wasOpen = false;
effect(() => {
  const isOpen = status.value === 'open';
  if (isOpen && !wasOpen && logpoints.size > 0) {
    const texts = [...logpoints.values()].map(({at}) => at);
    logpoints.clear();
    for (const at of texts) insert(at).catch(error => notify(`${at}: ${error.message}`, 'error'));
  }
  wasOpen = isOpen;
});
