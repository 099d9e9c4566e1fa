// What the page does to programs and clients, and who may; a hub that comes back; a dashboard that is asked for.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {afterEach, beforeEach, test} from 'node:test';
import {World} from './world.mjs';

let world;
beforeEach(() => world = new World());
afterEach(() => world.close());

async function show(page, view) {
  await page.evaluate(hash => location.hash = hash, `#/${view}`);
}

function process(page) {
  return page.getByRole('row').filter({hasText: 'launched'});
}

/** The pid of who traces the program, 0: nobody. */
function tracer(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^TracerPid:\s*(\d+)/m)[1]);
}

/** Answers each question of the page with `answer`; returns the questions. */
function answerDialogs(page, answer) {
  const questions = [];
  page.on('dialog', dialog => {
    questions.push(dialog.message());
    return answer ? dialog.accept() : dialog.dismiss();
  });
  return questions;
}

test('without a debugger the page starts, stops and keeps the program; nobody else does, and it stays with the hub (A51)', async () => {
  await world.hub(['threads', 3, 100000]);
  const page = await world.dashboard();
  await page.getByRole('heading', {name: 'The only thread is held by the hub.'}).waitFor();
  await show(page, 'threads');
  await process(page).getByRole('button', {name: 'Continue'}).click();
  await show(page, 'holds');
  await page.getByText('Nobody holds any of 4 threads.').waitFor();
  await show(page, 'threads');
  await process(page).getByRole('button', {name: 'Interrupt'}).click();
  await show(page, 'holds');
  await page.getByRole('heading', {name: /All 4 threads are held by dashboard#/}).waitFor();
  await show(page, 'threads');
  await process(page).getByRole('button', {name: 'Continue'}).click();
  await show(page, 'holds');
  await page.getByText('Nobody holds any of 4 threads.').waitFor();
  assert.equal(tracer(world.pid), world.hubProcess.process.pid);
  const gdb = await world.gdb();
  await gdb.command('info threads', /Thread \d+\.\d+/);
  assert.deepEqual(page.errors, []);
});

test('one thread is interrupted, stepped and continued from its own page', async () => {
  await world.hub(['loop']);
  const gdb = await world.gdb();
  await gdb.command('continue', /Continuing/);
  const page = await world.dashboard();
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
  await show(page, `thread/${world.pid}`);
  await page.getByRole('button', {name: 'Interrupt'}).click();
  const held = page.getByRole('listitem').filter({hasText: 'Held by dashboard#'});
  await held.getByText('interrupted by the user').waitFor();
  await page.locator('.registers').waitFor();
  await page.getByRole('button', {name: 'Step'}).click();
  await held.getByText('has stepped').waitFor();
  await page.locator('.registers .changed').filter({hasText: 'rip'}).waitFor();
  await page.getByRole('button', {name: 'Continue'}).click();
  await page.getByText('It runs. What follows is from its last stop.').waitFor();
  assert.deepEqual(page.errors, []);
});

test('detaching is asked for twice, and lets the program run without the hub (A6)', async () => {
  await world.hub(['threads', 3, 100000], {options: ['--multi']});
  const page = await world.dashboard();
  await show(page, 'threads');
  const questions = answerDialogs(page, true);
  await process(page).getByRole('button', {name: 'Detach'}).click();
  await page.getByText('The hub traces no program.').waitFor();
  assert.equal(questions.length, 1);
  assert.match(questions[0], /Let go of threads \d+\?/);
  assert.equal(tracer(world.pid), 0);
  globalThis.process.kill(world.pid, 'SIGKILL');
});

test('a program that a gdb debugs is not detached from under it', async () => {
  await world.hub(['loop']);
  await world.gdb();
  const page = await world.dashboard();
  await show(page, 'threads');
  answerDialogs(page, true);
  await process(page).getByRole('button', {name: 'Detach'}).click();
  await page.getByText(/gdb#2 .* is attached to process \d+, too/).waitFor();
  assert.equal(tracer(world.pid), world.hubProcess.process.pid);
});

test('a program is killed when that is confirmed, and not before', async () => {
  await world.hub(['loop'], {options: ['--multi']});
  const page = await world.dashboard();
  await show(page, 'threads');
  let answer = false;
  page.on('dialog', dialog => answer ? dialog.accept() : dialog.dismiss());
  await process(page).getByRole('button', {name: 'Kill'}).click();
  answer = true;
  assert.ok(existsSync(`/proc/${world.pid}`));
  await process(page).getByRole('button', {name: 'Kill'}).click();
  await page.getByText('The hub traces no program.').waitFor();
});

test('a client that is disconnected is asked about first, and is gone (A26)', async () => {
  await world.hub(['loop']);
  const gdb = await world.gdb();
  const page = await world.dashboard();
  await show(page, 'engines');
  const questions = answerDialogs(page, true);
  await page.getByRole('row').filter({hasText: 'gdb#2'}).getByRole('button', {name: 'Disconnect'}).click();
  await page.getByRole('row').filter({hasText: 'gdb#2'}).waitFor({state: 'detached'});
  assert.match(questions[0], /End the connection of gdb#2\?/);
  await gdb.command('continue', /Remote connection closed|Target disconnected/);
});

test('an observer finds nothing to press in any view, and the hub refuses what the page has not (A38)', async () => {
  await world.hub(['threads', 3, 100000], {dashboard: '--dashboard=:0,role=observer'});
  const gdb = await world.gdb();
  await gdb.command('break worker_a', /Breakpoint 1 at/);
  await gdb.command('continue', /Breakpoint 1, /);
  const page = await world.dashboard();
  await page.getByRole('cell', {name: 'at a breakpoint'}).waitFor();
  const verbs = /Ask|Release|Interrupt|Step|Continue|Detach|Kill|Message|Disconnect|Add|Remove/;
  for (const view of ['holds', 'threads', 'engines', 'breakpoints', `thread/${world.pid}`]) {
    await show(page, view);
    await page.locator('h1').first().waitFor();
    assert.equal(await page.getByRole('button', {name: verbs}).count(), 0, view);
  }
  const refusal = await page.evaluate(async pid => {
    const {request} = await import('/connection.js');
    return request('kill', {pid, force: true}).then(() => 'done', error => error.message);
  }, world.pid);
  assert.match(refusal, /for controllers/);
});

test('a hub that is started again is found again, with a new URL opened in any tab', async () => {
  await world.hub(['threads', 3, 100000]);
  const gdb = await world.gdb();
  await gdb.command('continue', /Continuing/);
  const page = await world.dashboard();
  await page.getByText('Nobody holds any of 4 threads.').waitFor();
  const {port} = new URL(world.base);
  await gdb.end('SIGKILL');
  await world.hubProcess.end();
  await page.getByText(/Disconnected, next try/).waitFor();
  await world.hub(['loop'], {dashboard: `--dashboard=:${port}`});
  await page.getByRole('heading', {name: /needs the hub's permission/}).waitFor();
  const other = await page.context().newPage();
  await other.goto(world.url);
  await other.getByText('Live', {exact: true}).waitFor();
  await page.getByText('Live', {exact: true}).waitFor();
  await page.getByRole('heading', {name: 'The only thread is held by the hub.'}).waitFor();
  await show(page, 'log');
  await page.getByRole('cell', {name: /tracees\/loop/}).waitFor();
  assert.equal(await page.getByRole('cell', {name: /tracees\/threads/}).count(), 0, 'nothing of the former hub');
});

test('a logpoint of the page gets lines from the threads that pass, beside a gdb, and holds nobody', async () => {
  await world.hub(['threads', 3, 100000]);
  const gdb = await world.gdb();
  await gdb.command('continue', /Continuing/);
  const page = await world.dashboard();
  await page.getByText('Nobody holds any of 4 threads.').waitFor();
  await page.keyboard.press('5');
  const text = page.getByLabel('Logpoint', {exact: true});
  await text.fill('worker_a:"call %d');
  await page.getByRole('button', {name: 'Add'}).click();
  await page.getByRole('log').getByText(/\^/).waitFor();
  await text.fill('worker_a:"call %d", $arg1');
  await page.getByRole('button', {name: 'Add'}).click();
  const row = page.getByRole('table', {name: 'Logpoints'}).getByRole('row').nth(1);
  await row.getByText('worker_a', {exact: true}).waitFor();
  const lines = page.getByRole('table', {name: 'Lines'});
  await lines.getByText(/^call \d+$/).nth(2).waitFor();
  // However quickly they come, the latest are the ones that are seen.
  await row.getByText(/^\d+,\d{3}$/).waitFor();
  const seen = await lines.evaluate(table => {
    const {top, bottom} = table.getBoundingClientRect();
    return [...table.querySelectorAll('[role=row]')].filter(line => line.getBoundingClientRect().top >= top && line.getBoundingClientRect().bottom <= bottom).length;
  });
  assert.ok(seen > 5, `${seen} lines are seen`);
  await row.getByRole('button', {name: 'Remove'}).click();
  await page.getByRole('table', {name: 'Logpoints'}).waitFor({state: 'detached'});
  await show(page, 'holds');
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
  gdb.process.kill('SIGINT');
  await gdb.says(/SIGINT/);
  assert.deepEqual(page.errors, []);
});

test('keys alone: from the list of keys to a released thread', async () => {
  await world.hub(['threads', 3, 100000]);
  const gdb = await world.gdb();
  await gdb.command('break worker_a', /Breakpoint 1 at/);
  await gdb.command('continue', /Breakpoint 1, /);
  const page = await world.dashboard();
  await page.getByRole('heading', {name: /All 4 threads/}).waitFor();
  answerDialogs(page, true);
  await page.keyboard.press('?');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor({state: 'hidden'});
  await page.keyboard.press('/');
  await page.keyboard.type('breakpoint');
  await page.getByRole('table', {name: 'Threads and who holds them'}).getByRole('row').nth(2).waitFor({state: 'detached'});
  await page.keyboard.press('Escape');
  // From the filter: the table, the thread's link, the holder's link, Ask, Release.
  for (let stop = 0; stop < 5; ++stop) await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Release');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: /3 of 4 threads are held/}).waitFor();
});

test('a hub without a dashboard serves one for who asks', async () => {
  await world.hub(['loop'], {dashboard: null});
  const hub = `localhost:${world.port}`;
  const {said, status} = await world.dashboardCommand('--connect', hub, '--at', ':0');
  assert.equal(status, 0, said);
  world.opened(said);
  const page = await world.dashboard();
  await page.getByRole('heading', {name: 'The only thread is held by the hub.'}).waitFor();
  // A further URL is another token for the same dashboard; a further address is refused.
  const again = await world.dashboardCommand('--connect', hub);
  assert.equal(new URL(again.said).origin, world.base);
  assert.notEqual(again.said, said);
  world.opened(again.said);
  await world.dashboard();
  const refused = await world.dashboardCommand('--connect', hub, '--at', 'localhost');
  assert.equal(refused.status, 1);
  assert.match(refused.said, /serves its dashboard already/);
});

test('only controllers get a dashboard, and errors are sentences (A38)', async () => {
  await world.hub(['loop'], {dashboard: null, options: ['--listen', 'localhost:0,role=observer']});
  const observers = (await world.hubProcess.says(/Listening on port (\d+)/))[1];
  const answers = async (...words) => {
    const {said, status} = await world.dashboardCommand(...words);
    assert.equal(status, 1);
    return said;
  };
  assert.match(await answers('--connect', `localhost:${observers}`), /open_dashboard is for controllers/);
  assert.match(await answers('--connect', `localhost:${world.port}`, '--at', 'unix:/tmp/x'), /browsers need a TCP address/);
  assert.match(await answers('--connect', 'localhost:1'), /cannot connect to localhost:1/);
  assert.match(await answers('--connect', '-'), /is not the address of a hub/);
  assert.match(await answers(), /--connect is required/);
});
