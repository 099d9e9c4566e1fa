// What the page shows, as signals; and what its buttons do.
import {computed, effect, signal} from './vendor/signals-core.mjs';
import * as connection from './connection.js';
import {applyDelta, applySnapshot, emptyModel, forgetAll} from './model.js';

export const model = emptyModel();
/** Counts up whenever the model has changed: views read it to be drawn again. */
export const changed = signal(0);
/** Where the page is: "#/threads?filter=x" is {view: 'threads', arguments: [], filter: 'x'}. */
export const route = signal(readRoute());
/** Milliseconds of the hub's clock, once a second. */
export const now = signal(Date.now());
export const notices = signal([]);
export const theme = signal(localStorage.getItem('theme') ?? 'auto');
export const mayControl = computed(() => connection.hub.value?.role === 'controller' && connection.status.value === 'open');
/** This page as an engine of the hub, which it is from its first command on; 0: not yet. */
export const ownEngine = signal(0);
/** Called with each update, before it is applied: the timeline's and the plots' recorders. */
export const recorders = [];
/** By method: what gets the other notifications. */
export const listeners = {};

let instance = '';
let clockAhead = 0;
let dirty = false;

export function begin() {
  addEventListener('hashchange', () => route.value = readRoute());
  effect(() => {
    if (connection.status.value === 'closed') ownEngine.value = 0;
  });
  setInterval(() => now.value = Date.now() + clockAhead, 1000);
  connection.start({
    update,
    position: () => instance ? {number: model.number, instance} : null,
    followed: answer => {
      // Another hub at the same address, or this one started again: its numbers and clients are others.
      if (instance && answer.instance !== instance) forgetAll(model);
      instance = answer.instance;
    },
  });
}

function update(method, params) {
  if (method === 'snapshot') {
    applySnapshot(model, params);
  } else if (method === 'delta') {
    if (params.number <= model.number) return;
    if (!applyDelta(model, params)) return connection.resync();
  } else {
    listeners[method]?.(params);
    return drawSoon();
  }
  clockAhead = params.time * 1000 - Date.now();
  for (const record of recorders) record(method, params);
  drawSoon();
}

function drawSoon() {
  if (dirty) return;
  dirty = true;
  requestAnimationFrame(() => {
    dirty = false;
    now.value = Date.now() + clockAhead;
    changed.value += 1;
  });
}

function readRoute() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, ...rest] = path.split('/').map(decodeURIComponent);
  return {view: view || 'holds', arguments: rest, filter: new URLSearchParams(query).get('filter') ?? ''};
}

export function setFilter(filter) {
  const path = location.hash.split('?')[0] || '#/';
  history.replaceState(null, '', filter ? `${path}?filter=${encodeURIComponent(filter)}` : path);
  route.value = readRoute();
}

export function setTheme(value) {
  theme.value = value;
  localStorage.setItem('theme', value);
}

listeners.message = ({text}) => notify(text);

let lastNotice = 0;
export function notify(text, kind = 'info') {
  const id = ++lastNotice;
  notices.value = [...notices.value.slice(-4), {id, text, kind}];
  setTimeout(() => notices.value = notices.value.filter(notice => notice.id !== id), 8000);
}

/** A command of the hub's. What it refuses is shown. */
export async function command(method, params, done = '') {
  try {
    const result = await connection.request(method, params);
    if (result.engine) ownEngine.value = result.engine;
    if (done) notify(done);
    return result;
  } catch (error) {
    notify(error.message, 'error');
    return null;
  }
}
