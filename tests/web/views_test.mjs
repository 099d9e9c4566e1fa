// The views of the dashboard one by one, their habits, and what a screen reader gets.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {userInfo} from 'node:os';
import {afterEach, beforeEach, test} from 'node:test';
import {Checker} from './api.mjs';
import {until, World} from './world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const VIEWS = ['holds', 'threads', 'engines', 'breakpoints', 'logpoints', 'timeline', 'packets', 'rates', 'output', 'log'];

let world;
beforeEach(() => world = new World());
afterEach(() => world.close());

async function show(page, view) {
  await page.evaluate(hash => location.hash = hash, `#/${view}`);
}

/** A program that a gdb has stopped in worker_a. */
async function stopped() {
  await world.hub(['threads', 3, 100000]);
  const gdb = await world.gdb();
  await gdb.command('break worker_a', /Breakpoint 1 at/);
  await gdb.command('continue', /Breakpoint 1, /);
  return gdb;
}

test('a thread\'s registers are those of its stop, and what a step changes is marked', async () => {
  const gdb = await stopped();
  const page = await world.dashboard();
  await page.getByRole('cell', {name: 'at a breakpoint'}).waitFor();
  const row = page.getByRole('row').filter({hasText: 'at a breakpoint'});
  await row.getByRole('link').first().click();
  const [, pc] = await gdb.command('print/x (long) $pc', /= (0x[0-9a-f]+)/);
  const register = name => page.locator('.registers div').filter({has: page.getByText(name, {exact: true})});
  await register('rip').filter({hasText: pc}).waitFor();
  assert.equal(await register('rip').getAttribute('class'), '');
  await page.getByRole('table', {name: 'Code'}).getByText(pc).waitFor();
  await gdb.command('stepi', /\(gdb\) $/);
  await page.locator('.registers .changed').filter({hasText: 'rip'}).waitFor();
  await page.getByText('Mappings').waitFor();
  await page.getByText(/tests\/tracees\/threads$/).first().waitFor();
  assert.deepEqual(page.errors, []);
});

test('a backtrace names functions and lines, as gdb does', async () => {
  const gdb = await stopped();
  const page = await world.dashboard();
  await page.getByRole('row').filter({hasText: 'at a breakpoint'}).getByRole('link').first().click();
  const frames = page.getByRole('table', {name: 'Backtrace'}).getByRole('row');
  await frames.first().getByText(/^worker_a/).waitFor();
  const gdbs = (await gdb.command('backtrace', /#0 [^]*?\(gdb\) /))[0].match(/^#\d+ .*$/gm);
  assert.equal(await frames.count(), gdbs.length);
  const [, line] = gdbs[0].match(/threads\.c:(\d+)/);
  await frames.first().getByText(`threads.c:${line}`, {exact: true}).waitFor();
  for (let index = 1; index < gdbs.length; ++index) {
    const name = gdbs[index].match(/ in (\S+)/)[1].replace(/^_*(GI_)?_*/, '');
    assert.ok((await frames.nth(index).innerText()).includes(name), `${gdbs[index]}: ${await frames.nth(index).innerText()}`);
  }
  await show(page, 'breakpoints');
  const site = page.getByRole('row').filter({hasText: 'worker_a'});
  await site.getByText(/^threads\.c:\d+$/).waitFor();
  assert.deepEqual(page.errors, []);
});

test('a breakpoint set in the page holds who hits it, until the page lets it go', async () => {
  await world.hub(['threads', 3, 100000]);
  const gdb = await world.gdb();
  const [, address] = await gdb.command('print/x (long) worker_b', /= (0x[0-9a-f]+)/);
  await gdb.command('continue', /Continuing/);
  const page = await world.dashboard();
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
  await show(page, 'breakpoints');
  await page.getByLabel('Breakpoint at').fill(address);
  await page.getByRole('button', {name: 'Add'}).click();
  await page.getByRole('row').filter({hasText: address}).filter({hasText: 'dashboard#'}).waitFor();
  await show(page, 'holds');
  await page.getByRole('cell', {name: 'at a breakpoint'}).waitFor();
  await show(page, 'breakpoints');
  await page.getByRole('button', {name: 'Remove'}).click();
  await page.getByText('Nobody has a breakpoint.').or(page.getByRole('row').filter({hasText: 'gdb#'})).first().waitFor();
  await show(page, 'threads');
  await page.getByRole('row').filter({hasText: 'launched'}).getByRole('button', {name: 'Continue'}).click();
  await show(page, 'holds');
  await page.getByRole('heading', {name: 'Everything runs.'}).waitFor();
});

test('the timeline is exported as a trace that names threads and holders', async () => {
  await stopped();
  const page = await world.dashboard();
  await show(page, 'timeline');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', {name: 'Export trace'}).click()]);
  const {traceEvents} = JSON.parse(readFileSync(await download.path(), 'utf8'));
  assert.ok(traceEvents.some(({ph, args}) => ph === 'X' && args.holders?.includes('gdb#2')));
  assert.ok(traceEvents.some(({ph, name}) => ph === 'i' && name === 'stopped'));
});

test('a thread\'s source is shown around its line, and a caller\'s when that is chosen', async () => {
  const gdb = await stopped();
  const page = await world.dashboard();
  await page.getByRole('row').filter({hasText: 'at a breakpoint'}).getByRole('link').first().click();
  const here = page.getByRole('table', {name: 'Source'}).locator('tr.here');
  await here.getByText('long next = round + 1;').waitFor();
  const [, line] = await gdb.command('frame', /threads\.c:(\d+)/);
  assert.match(await here.innerText(), new RegExp(`^${line}\\b`));
  const code = page.getByRole('table', {name: 'Code'}).locator('tr.here');
  await code.getByText('▶').waitFor();
  // The caller, where gdb has it.
  await page.getByRole('table', {name: 'Backtrace'}).getByRole('link', {name: /^worker\+/}).click();
  await here.getByText('functions[index % 4]').waitFor();
  const [, address] = await gdb.command('up', /#1 +(0x[0-9a-f]+)/);
  await code.getByText(`0x${BigInt(address).toString(16)}`).waitFor();
  assert.match(page.url(), /#\/thread\/\d+\/1$/);
  await page.goBack();
  await here.getByText('long next = round + 1;').waitFor();
  assert.deepEqual(page.errors, []);
});

test('a breakpoint\'s row has function, line, owner, condition and hits; the filter finds it', async () => {
  const gdb = await stopped();
  await gdb.command('break worker_b if round == -7', /Breakpoint 2 at/);
  await gdb.command('disable 1');
  await gdb.command('continue', /Continuing/);
  const page = await world.dashboard();
  await show(page, 'breakpoints');
  const row = page.getByRole('row').filter({hasText: 'worker_b'});
  await row.getByText('if *(int64_t *)($rbp - 24) == -7').waitFor();
  assert.match(await row.innerText(), /worker_b[^]*threads\.c:\d+[^]*0x[0-9a-f]+[^]*threads \d+[^]*gdb#2/);
  const hits = async () => Number((await row.locator('.number').innerText()).replaceAll(',', ''));
  await page.waitForFunction(() => /[1-9]/.test([...document.querySelectorAll('[role=row]')].find(row => row.textContent.includes('worker_b')).querySelector('.number').textContent));
  assert.ok(await hits() > 0);
  await page.keyboard.press('/');
  await page.keyboard.type('nothing of this name');
  await page.getByText('No breakpoint matches.').waitFor();
});

test('rates of packets, step-overs and hits are drawn, with how quickly the hub answers; /metrics has them, too', async () => {
  const gdb = await stopped();
  await gdb.command('break worker_b if round == -7', /Breakpoint 2 at/);
  await gdb.command('disable 1');
  await gdb.command('continue', /Continuing/);
  const page = await world.dashboard();
  await show(page, 'rates');
  const plot = title => page.locator('.plot').filter({has: page.getByRole('heading', {name: title})});
  for (const [title, series] of [[/Stops and events/, 'stops'], [/Packets/, 'gdb#2'], [/takes to answer/, '99 of 100'], [/stepped over/, 'all threads stopped'], [/hits/, /worker_b/]]) {
    await plot(title).getByText(series).waitFor();
    await plot(title).locator('canvas').waitFor();
  }
  const text = await (await page.request.get(`${world.base}/metrics`)).text();
  const value = name => Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
  assert.ok(value('gdbhub_stops_total') > 0);
  assert.ok(value('gdbhub_packets_total') > 10);
  assert.ok(value('gdbhub_step_overs_total') > 0);
  assert.ok(value('gdbhub_answer_seconds_count') > 10);
  assert.ok(value('gdbhub_answer_seconds_sum') > 0);
  assert.deepEqual(page.errors, []);
});

test('what the programs write is shown line by line', async () => {
  await world.hub(['threads', 3, 100], {options: ['--multi', '--inferior-io=pipe']});
  const gdb = await world.gdb();
  const page = await world.dashboard();
  await show(page, 'output');
  await page.getByText(/No program has written anything/).waitFor();
  await gdb.command('continue', /exited normally/);
  const lines = page.getByRole('table', {name: 'Output'});
  await lines.getByText('ready', {exact: true}).waitFor();
  await lines.getByText('threads: ok', {exact: true}).waitFor();
});

test('a client on this machine is shown with its user', async () => {
  await stopped();
  const page = await world.dashboard();
  await show(page, 'engines');
  const row = page.getByRole('row').filter({hasText: 'gdb#2'});
  await row.getByRole('cell', {name: userInfo().username, exact: true}).waitFor();
  await row.getByRole('cell', {name: 'all-stop at its prompt'}).waitFor();
});

test('packets of a gdb are shown with what they are and how long they took', async () => {
  const gdb = await stopped();
  const page = await world.dashboard();
  await show(page, 'packets/2');
  await page.getByText('Nothing has been said since you look.').waitFor();
  await gdb.command('info registers rax', /rax/);
  await gdb.command('x/4x $sp', /0x/);
  const row = page.getByRole('row').filter({hasText: /memory/}).first();
  await row.waitFor();
  await page.getByRole('row').filter({hasText: /←.*(µs|ms)/s}).first().waitFor();
});

test('keys change the view, the filter narrows it, and the address says both', async () => {
  await stopped();
  const page = await world.dashboard();
  await page.keyboard.press('2');
  await page.getByRole('heading', {name: 'Processes and threads'}).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(String(world.pid));
  const rows = page.getByRole('table', {name: 'Processes and threads'}).getByRole('row');
  await rows.nth(3).waitFor({state: 'detached'});
  assert.equal(await rows.count(), 3, 'one thread under its process');
  assert.match(page.url(), new RegExp(`#/threads\\?filter=${world.pid}$`));
  const other = await page.context().newPage();
  await other.goto(page.url());
  const others = other.getByRole('table', {name: 'Processes and threads'}).getByRole('row');
  await others.nth(2).waitFor();
  assert.equal(await others.count(), 3, 'the same in another tab');
});

test('a hub that ends is shown as gone, with what was last known', async () => {
  const gdb = await stopped();
  const page = await world.dashboard();
  await page.getByRole('cell', {name: 'at a breakpoint'}).waitFor();
  await gdb.end('SIGKILL');
  await world.hubProcess.end('SIGKILL');
  await page.getByText(/Disconnected, next try/).waitFor();
  await page.getByRole('alert').getByText(/before the connection was lost/).waitFor();
});

test('the page and the hub keep to the schema', async () => {
  await stopped();
  const page = await world.page();
  const checker = new Checker();
  const problems = [];
  const guarded = check => ({payload}) => {
    try {
      check(JSON.parse(payload));
    } catch (error) {
      problems.push(error.message);
    }
  };
  page.on('websocket', socket => {
    socket.on('framesent', guarded(message => checker.request(message)));
    socket.on('framereceived', guarded(message => checker.reply(message)));
  });
  await page.goto(world.url);
  await page.getByText('Live', {exact: true}).waitFor();
  for (const view of [...VIEWS, `thread/${world.pid}`, 'packets/2']) await show(page, view);
  await page.getByText('Mappings').or(page.getByRole('heading', {name: 'Packets'})).first().waitFor();
  await until(() => checker.checked > 8, 'messages', checker);
  assert.deepEqual(problems, []);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing serious in any view (${colorScheme})`, async () => {
    await stopped();
    const page = await world.dashboard({colorScheme, bypassCSP: true});
    await page.evaluate(axe);
    for (const view of [...VIEWS, `thread/${world.pid}`]) {
      await show(page, view);
      await page.locator('h1').first().waitFor();
      const {violations} = await page.evaluate(() => window.axe.run(document, {resultTypes: ['violations']}));
      const serious = violations.filter(({impact}) => impact === 'serious' || impact === 'critical');
      assert.deepEqual(serious.map(({id, nodes}) => `${view}: ${id}: ${nodes[0].html.slice(0, 150)} ${nodes[0].failureSummary}`), []);
    }
  });
}
