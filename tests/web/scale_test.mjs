// The page with 5,000 threads, 2,000 breakpoints and 100,000 events: what it draws is what can be seen.
import assert from 'node:assert/strict';
import {afterEach, beforeEach, test} from 'node:test';
import {World} from './world.mjs';

const THREADS = 5000, BREAKPOINTS = 2000, EVENTS = 100_000, BATCH = 2000;
/** A window of 800 pixels has less than 30 rows; some are drawn above and below. */
const MOST_ROWS = 80, MOST_ELEMENTS = 2500;

let world;
beforeEach(() => world = new World());
afterEach(() => world.close());

const hold = number => ({engine: 2 + number % 3, reason: 'at a breakpoint', since: 1_700_000_000_000, weak: false, in_force: true, uninterruptible: false});
const counts = {events: 0, stops: 0, signals: 0, packets: 0, step_overs: 0, step_overs_in_line: 0, answers: {}};

function wholeState() {
  const range = (count, row) => Object.fromEntries(Array.from({length: count}, (_, number) => row(number)));
  return {
    processes: range(20, number => [100 + number, {program: `/usr/bin/program-${number}`, owner: 2, launched: true, unclaimed: false}]),
    threads: range(THREADS, number => [1000 + number, {pid: 100 + number % 20, name: `thread-${number}`, holds: number % 2 ? [hold(number)] : [],
      waits: number % 50 === 1 ? [{engine: 5, since: 1_700_000_000_000}] : [], ...(number % 2 && {pc: `0x${(0x401000 + number).toString(16)}`})}]),
    engines: range(8, number => [2 + number, {kind: 'gdb', peer: `127.0.0.1:${40000 + number}`, user: 'root', role: 'controller', processes: [100], holds: 1, waits: 0,
      breakpoints: 1, kept_waiting: 0, mode: 'all-stop', doing: '', requests: 10, unread: 0}]),
    breakpoints: range(BREAKPOINTS, number => [`100:0x${(0x500000 + number).toString(16)}`, {pid: 100, address: `0x${(0x500000 + number).toString(16)}`,
      claims: [{engine: 2, parked: false, hits: number}]}]),
  };
}

function events(first, count) {
  return Array.from({length: count}, (_, index) => ({number: first + index, time: 1_700_000_000 + (first + index) / 1000, pid: 100, tid: 1000 + index % THREADS, engine: 2,
    by: 'gdb#2 (127.0.0.1:40000)', kind: index % 2 ? 'stopped' : 'signal', text: `event ${first + index}`}));
}

/** In place of the hub's side of the WebSocket. */
function largeHub(socket) {
  const send = message => socket.send(JSON.stringify({jsonrpc: '2.0', ...message}));
  const results = {hello: {hub: 'gdbhub', version: '0', role: 'controller'}, follow: {number: 1, instance: 'large', resumed: false}, describe: {spots: []}, watch_packets: {}};
  socket.onMessage(text => {
    const {id, method} = JSON.parse(text);
    send(results[method] ? {id, result: results[method]} : {id, error: {code: -32000, message: 'not here'}});
    if (method !== 'follow') return;
    send({method: 'snapshot', params: {number: 1, time: 1_700_000_000, set: wholeState(), events: [], counts}});
    for (let at = 0; at < EVENTS; at += BATCH) {
      send({method: 'delta', params: {number: 2 + at / BATCH, time: 1_700_000_000 + at / 1000, set: {}, events: events(1 + at, BATCH), counts}});
    }
  });
}

async function largePage() {
  await world.hub(['loop']);
  const page = await world.page();
  await page.routeWebSocket('**/api', largeHub);
  await page.goto(world.url);
  await page.getByText('Live', {exact: true}).waitFor();
  await page.getByText('20 processes · 5,000 threads').waitFor();
  return page;
}

async function show(page, view) {
  await page.evaluate(hash => location.hash = hash, `#/${view}`);
  await page.locator('main h1').first().waitFor();
}

test('every view draws what can be seen, and no more', async () => {
  const page = await largePage();
  for (const view of ['holds', 'threads', 'engines', 'breakpoints', 'logpoints', 'timeline', 'packets', 'rates', 'output', 'log']) {
    await show(page, view);
    const drawn = await page.evaluate(() => ({rows: document.querySelectorAll('main [role=row], main tr').length, elements: document.querySelectorAll('main *').length}));
    assert.ok(drawn.rows <= MOST_ROWS, `${view}: ${drawn.rows} rows`);
    assert.ok(drawn.elements <= MOST_ELEMENTS, `${view}: ${drawn.elements} elements`);
  }
  assert.deepEqual(page.errors, []);
});

test('all of it is there: for screen readers, at the end of the scroll bar, and by the filter', async () => {
  const page = await largePage();
  const table = name => page.getByRole('table', {name});
  await show(page, 'log');
  assert.equal(await table('Event log').getAttribute('aria-rowcount'), String(EVENTS + 1));
  await table('Event log').getByText(`event ${EVENTS}`, {exact: true}).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('event 54321');
  await table('Event log').getByText('event 54321', {exact: true}).waitFor();
  assert.equal(await table('Event log').getAttribute('aria-rowcount'), '2');

  await show(page, 'threads');
  assert.equal(await table('Processes and threads').getAttribute('aria-rowcount'), String(20 + THREADS + 1));
  await table('Processes and threads').evaluate(element => element.scrollTop = element.scrollHeight);
  await table('Processes and threads').getByText(`thread-${THREADS - 1}`, {exact: true}).waitFor();

  await show(page, 'breakpoints');
  assert.equal(await table('Breakpoints').getAttribute('aria-rowcount'), String(BREAKPOINTS + 1));

  // Those that somebody waits for come first, and the sentence counts.
  await show(page, 'holds');
  await page.getByRole('heading', {name: /2,500 of 5,000 threads are held by gdb#/}).waitFor();
  assert.match(await table('Threads and who holds them').getByRole('row').nth(1).innerText(), /held, wanted/);
});
