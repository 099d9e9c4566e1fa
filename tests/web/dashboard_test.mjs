// The dashboard in a real browser, on a real hub with real gdbs.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {afterEach, beforeEach, test} from 'node:test';
import {World} from './world.mjs';

let world;
beforeEach(() => world = new World());
afterEach(() => world.close());

/** Two gdbs: the first has stopped all threads at a breakpoint, the second waits for them. */
async function twoGdbs() {
  await world.hub(['threads', 3, 100000]);
  const holder = await world.gdb();
  const waiter = await world.gdb();
  await waiter.command('continue', /Continuing/);
  await holder.command('break worker_a', /Breakpoint 1 at/);
  await holder.command('continue', /Breakpoint 1, /);
  return {holder, waiter};
}

function threadRows(page) {
  return page.getByRole('table', {name: 'Threads and who holds them'}).getByRole('row');
}

test('shows who holds each thread, why, and who waits for it', async () => {
  await twoGdbs();
  const page = await world.dashboard();
  await page.getByRole('heading', {name: /All 4 threads are held by gdb#2/}).waitFor();
  await page.getByText(/wants 4 threads to run/).waitFor();
  const hit = threadRows(page).filter({hasText: 'at a breakpoint'});
  assert.equal(await hit.count(), 1);
  await hit.getByText(/^worker_a/).waitFor();
  assert.match(await hit.innerText(), /held, wanted[^]*worker_a[^]*gdb#2[^]*gdb#3/);
  assert.deepEqual(page.errors, []);
});

test('is live: what a gdb resumes runs, and what it stops is held again', async () => {
  await world.hub(['threads', 3, 100000]);
  const gdb = await world.gdb();
  const page = await world.dashboard();
  await page.getByRole('heading', {name: /The only thread is held by .*gdb#2/}).waitFor();
  await gdb.command('continue', /Continuing/);
  await page.getByText('Nobody holds any of 4 threads.').waitFor();  // it has made the other three
  gdb.process.kill('SIGINT');
  await page.getByRole('heading', {name: /All 4 threads are held by gdb#2/}).waitFor();
});

test('a released thread runs, its gdb is told, and the log says by whom (A38, A40)', async () => {
  const {holder} = await twoGdbs();
  const page = await world.dashboard();
  page.on('dialog', dialog => dialog.accept());
  const row = threadRows(page).filter({hasText: 'at a breakpoint'});
  await row.getByRole('button', {name: 'Release'}).click();
  await page.getByRole('heading', {name: /3 of 4 threads are held/}).waitFor();
  await page.getByRole('link', {name: 'Log', exact: true}).click();
  await page.getByRole('cell', {name: /gdb#2 .* no longer holds it, by dashboard#4/}).waitFor();
  await holder.command('monitor log', /hold-ended/);
});

test('a gdb that dies holds nothing any more (A26)', async () => {
  const {holder} = await twoGdbs();
  const page = await world.dashboard();
  await page.getByRole('heading', {name: /All 4 threads are held by gdb#2/}).waitFor();
  await holder.end('SIGKILL');
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
});

test('with two gdbs: who holds a thread is read and released, a breakpoint is set and hit, and a gdb dies', async () => {
  const {holder, waiter} = await twoGdbs();
  const page = await world.dashboard();
  page.on('dialog', dialog => dialog.accept());
  // Who holds it?
  await page.getByRole('heading', {name: /All 4 threads are held by gdb#2/}).waitFor();
  const hit = threadRows(page).filter({hasText: 'at a breakpoint'});
  await hit.getByText(/^worker_a/).waitFor();
  assert.match(await hit.innerText(), /held, wanted[^]*worker_a[^]*gdb#2[^]*gdb#3/);
  // Released.
  await page.getByRole('article').filter({hasText: 'gdb#2'}).getByRole('button', {name: 'Release'}).click();
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
  // A breakpoint, by name, and its hit.
  await page.keyboard.press('4');
  await page.getByLabel('Breakpoint at').fill('worker_b');
  await page.getByRole('button', {name: 'Add'}).click();
  const site = page.getByRole('row').filter({hasText: /worker_b[^]*threads\.c:\d+[^]*dashboard#4/});
  await site.waitFor();
  await page.keyboard.press('1');
  const stopped = threadRows(page).filter({hasText: 'dashboard#4'});
  await stopped.getByText('at a breakpoint').waitFor();
  assert.match(await stopped.innerText(), /worker_b/);
  await page.keyboard.press('4');
  assert.match(await site.innerText(), /\n1\n/);
  await site.getByRole('button', {name: 'Remove'}).click();
  await site.waitFor({state: 'detached'});
  await page.keyboard.press('2');
  await page.getByRole('row').filter({hasText: 'launched'}).getByRole('button', {name: 'Continue'}).click();
  // A gdb dies, with its breakpoint.
  await page.keyboard.press('3');
  await page.getByRole('row').filter({hasText: 'gdb#2'}).waitFor();
  await holder.end('SIGKILL');
  await page.getByRole('row').filter({hasText: 'gdb#2'}).waitFor({state: 'detached'});
  await page.keyboard.press('4');
  await page.getByRole('row').filter({hasText: 'gdb#3'}).first().waitFor();
  assert.equal(await page.getByRole('row').filter({hasText: 'gdb#2'}).count(), 0);
  await page.keyboard.press('1');
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
  // The other one is none the worse.
  waiter.process.kill('SIGINT');
  await waiter.says(/SIGINT/);
  assert.deepEqual(page.errors, []);
});

test('a token is good once, for one browser', async () => {
  await world.hub(['loop']);
  const first = await world.dashboard();
  assert.equal(new URL(first.url()).hash, '#/');
  const second = await world.page();
  await second.goto(world.url);
  await second.getByRole('heading', {name: /needs the hub's permission/}).waitFor();
  await first.reload();
  await first.getByText('Live', {exact: true}).waitFor();
});

test('a page of another origin can neither read nor command', async () => {
  await world.hub(['loop']);
  const page = await world.dashboard();
  const stranger = createServer((request, reply) => reply.setHeader('Content-Type', 'text/html').end('<h1>stranger</h1>'));
  await new Promise(done => stranger.listen(0, '127.0.0.1', done));
  try {
    // The same host, so that the cookie goes along: only the checks of the hub keep it out.
    await page.goto(`http://127.0.0.1:${stranger.address().port}/`);
    const seen = await page.evaluate(async base => {
      const outcome = {};
      outcome.read = await fetch(`${base}/session`, {credentials: 'include'}).then(() => 'read', () => 'refused');
      outcome.write = await fetch(`${base}/session`, {method: 'POST', body: 'x', mode: 'no-cors', credentials: 'include'}).then(() => 'sent', () => 'refused');
      outcome.socket = await new Promise(done => {
        const socket = new WebSocket(`${base.replace('http', 'ws')}/api`);
        socket.onopen = () => done('open');
        socket.onerror = () => done('refused');
      });
      return outcome;
    }, world.base);
    assert.equal(seen.read, 'refused');
    assert.equal(seen.socket, 'refused');
  } finally {
    stranger.close();
  }
});

test('another name for this machine is refused (DNS rebinding)', async () => {
  await world.hub(['loop']);
  const {request} = await import('node:http');
  const {port} = new URL(world.base);
  const status = host => new Promise((done, fail) =>
    request({host: '127.0.0.1', port, path: '/', headers: {host}}, reply => (reply.resume(), done(reply.statusCode))).on('error', fail).end());
  assert.equal(await status(`127.0.0.1:${port}`), 200);
  assert.equal(await status(`localhost:${port}`), 200);
  assert.equal(await status(`rebound.example:${port}`), 421);
});

test('an observer\'s dashboard shows, and has nothing to press (A38)', async () => {
  await world.hub(['threads', 3, 100000], {dashboard: '--dashboard=:0,role=observer'});
  await world.gdb();
  const page = await world.dashboard();
  await page.getByText('read-only').waitFor();
  await page.getByRole('heading', {name: /held by .*gdb#2/}).waitFor();
  assert.equal(await page.getByRole('button', {name: 'Release'}).count(), 0);
});
