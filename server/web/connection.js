// JSON-RPC 2.0 over the hub's WebSocket: answers to who asked, updates to the store; comes back by itself where it was.
import {signal} from './vendor/signals-core.mjs';

/** 'connecting', 'open', 'closed' (will try again), 'locked' (no session: a token is needed). */
export const status = signal('connecting');
/** The answer to `hello`. */
export const hub = signal(null);
/** When the next attempt is made, in milliseconds of Date.now(). */
export const retryAt = signal(0);

const RETRY_FIRST = 500, RETRY_MOST = 15_000;
/** While locked: another tab may have opened a session meanwhile. */
const LOOK_AGAIN = 2000;

let socket = null;
let handlers = null;
let lastId = 0;
let retry = RETRY_FIRST;
const waiting = new Map();

/** `update(method, params)` gets every notification; `position()` says {number, instance} of what is known, or null. */
export async function start(given) {
  handlers = given;
  await useToken();
  connect();
}

/** A token in the URL's fragment becomes a cookie, and goes from the address bar. */
async function useToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return;
  location.replace('#/');
  await fetch('/session', {method: 'POST', body: token}).catch(() => {});
}

async function connect() {
  if (status.value !== 'locked') status.value = 'connecting';
  const allowed = await fetch('/session').then(reply => reply.ok, () => null);
  if (allowed === null) return again();
  if (!allowed) {
    status.value = 'locked';
    return void setTimeout(connect, LOOK_AGAIN);
  }
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api`);
  socket.onmessage = message => receive(JSON.parse(message.data));
  socket.onclose = again;
  socket.onopen = () => greet().catch(() => {});  // it has closed again, and that is taken care of
}

async function greet() {
  hub.value = await request('hello');
  const known = handlers.position();
  handlers.followed(await request('follow', known ? {since: known.number, instance: known.instance} : {}));
  retry = RETRY_FIRST;
  status.value = 'open';
}

function again() {
  socket = null;
  for (const {fail} of waiting.values()) fail(new Error('The connection to the hub is lost'));
  waiting.clear();
  status.value = 'closed';
  retryAt.value = Date.now() + retry;
  setTimeout(connect, retry);
  retry = Math.min(retry * 2, RETRY_MOST);
}

function receive(message) {
  if (message.id === undefined || message.id === null) return handlers.update(message.method, message.params);
  const {done, fail} = waiting.get(message.id) ?? {};
  waiting.delete(message.id);
  if (message.error) fail?.(new Error(message.error.message));
  else done?.(message.result);
}

/** A new snapshot instead of what is missing. */
export function resync() {
  request('follow').then(handlers.followed, () => {});
}

/** @returns a promise of the result. */
export function request(method, params = {}) {
  if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error('Not connected'));
  const id = ++lastId;
  socket.send(JSON.stringify({jsonrpc: '2.0', id, method, params}));
  return new Promise((done, fail) => waiting.set(id, {done, fail}));
}
