// The API over the hub's port, held to its schema; and the example client of the documentation.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {afterEach, beforeEach, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {ApiClient, METHODS} from './api.mjs';
import {until, World} from './world.mjs';

let world;
let clients = [];
beforeEach(() => world = new World());
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await world.close();
});

function client(where = world.port) {
  clients.push(new ApiClient(where));
  return clients.at(-1);
}

/** A program that runs, with a client that follows it. */
async function running(...program) {
  await world.hub(program.length > 0 ? program : ['threads', 3, 100000]);
  const gdb = await world.gdb();
  await gdb.command('continue', /Continuing/);
  const api = client();
  const follow = await api.call('follow');
  const snapshot = await api.notification('snapshot');
  return {gdb, api, follow, snapshot};
}

test('follow gives a snapshot and then deltas without a hole', async () => {
  const {gdb, api, follow, snapshot} = await running();
  assert.equal(follow.resumed, false);
  assert.equal(snapshot.number, follow.number);
  assert.ok(snapshot.set.processes[world.pid]);
  gdb.process.kill('SIGINT');
  let number = snapshot.number;
  for (let held = false; !held;) {
    const delta = await api.notification('delta');
    assert.equal(delta.number, ++number);
    held = Object.values(delta.set.threads ?? {}).some(thread => thread.holds.some(hold => hold.in_force && hold.reason === 'interrupted by the user'));
  }
});

test('who comes back gets what it has missed, or a snapshot from another hub\'s number', async () => {
  const {gdb, follow, snapshot, api} = await running();
  gdb.process.kill('SIGINT');
  const delta = await api.notification('delta');
  const back = client();
  const again = await back.call('follow', {since: snapshot.number, instance: follow.instance});
  assert.equal(again.resumed, true);
  assert.deepEqual(await back.notification('delta'), delta);
  const stranger = client();
  assert.equal((await stranger.call('follow', {since: snapshot.number, instance: 'another'})).resumed, false);
  await stranger.notification('snapshot');
});

test('what it holds ends with its connection (A26)', async () => {
  const {api} = await running();
  const other = client();
  await other.call('interrupt', {pid: world.pid});
  await api.notification('delta', delta => Object.values(delta.set.threads ?? {}).some(thread => thread.holds.length > 0));
  other.close();
  await api.notification('delta', delta => Object.values(delta.set.threads ?? {}).some(thread => thread.holds.length === 0));
  await api.notification('delta', delta => delta.gone?.engines?.length > 0 || delta.events.some(event => event.kind === 'disconnected'));
});

test('a breakpoint holds the thread that hits it, and it steps and goes on', async () => {
  const {gdb, api} = await running();
  gdb.process.kill('SIGINT');
  await gdb.says(/SIGINT/);
  const [, address] = await gdb.command('print/x (long) worker_a', /= (0x[0-9a-f]+)/);
  await gdb.command('continue', /Continuing/);
  const other = client();
  await other.call('insert_breakpoint', {pid: world.pid, at: `*${address}`});
  const isHit = thread => thread.pc === address && thread.holds.some(hold => hold.reason === 'at a breakpoint' && hold.in_force);
  const delta = await api.notification('delta', update => Object.values(update.set.threads ?? {}).some(isHit));
  const tid = Number(Object.entries(delta.set.threads).find(([, thread]) => isHit(thread))[0]);
  const {registers} = await other.call('registers', {tid});
  assert.equal(BigInt(registers.find(register => register.name === 'rip').value), BigInt(address));
  const {lines} = await other.call('code', {pid: world.pid, address});
  assert.equal(lines[0].address, address);
  assert.ok(!lines[0].bytes.startsWith('cc'), 'no trap is shown (A4)');
  await other.call('step', {pid: world.pid, tid});
  await api.notification('delta', update => update.set.threads?.[tid]?.holds.some(hold => hold.reason === 'has stepped'));
  await other.call('remove_breakpoint', {pid: world.pid, address});
  await other.call('continue', {pid: world.pid, tid});
  await api.notification('delta', update => update.set.threads?.[tid]?.holds.length === 0);
});

test('a breakpoint by function or line is where gdb has the function, and its source can be read', async () => {
  const {gdb, api} = await running();
  gdb.process.kill('SIGINT');
  await gdb.says(/SIGINT/);
  const [, address] = await gdb.command('print/x (long) worker_a', /= (0x[0-9a-f]+)/);
  const [, first] = await gdb.command('info line worker_a', /Line (\d+) of/);
  const byName = await api.call('insert_breakpoint', {pid: world.pid, at: 'worker_a'});
  assert.deepEqual(byName.places.map(place => place.address), [address]);
  const byLine = await api.call('insert_breakpoint', {pid: world.pid, at: `threads.c:${first}`});
  assert.deepEqual(byLine.places.map(place => [place.address, place.function, place.line]), [[address, 'worker_a', Number(first)]]);
  const source = await api.call('source', {pid: world.pid, address, around: 2});
  assert.equal(source.line, Number(first));
  assert.equal(source.lines.length, 5);
  assert.match(source.lines[source.line - source.first], /worker_a/);
  assert.match((await api.answer('source', {pid: world.pid, address: '0x8'})).error.message, /not known/);
});

test('a gdb\'s condition is shown as an expression, with its hits', async () => {
  const {gdb, api} = await running();
  gdb.process.kill('SIGINT');
  await gdb.says(/SIGINT/);
  await gdb.command('break worker_a if round == -7', /Breakpoint \d+ at/);
  await gdb.command('continue', /Continuing/);
  const claimOf = delta => Object.values(delta.set.breakpoints ?? {}).flatMap(site => site.claims).find(claim => claim.condition);
  const delta = await api.notification('delta', update => claimOf(update)?.hits > 0);
  assert.equal(claimOf(delta).condition, 'if *(int64_t *)($rbp - 24) == -7');
});

test('registers of a running thread are refused, and sampled when that is asked for', async () => {
  const {api} = await running('loop');
  // gdb stops the program for itself while it starts.
  const refused = await until(async () => (await api.answer('registers', {tid: world.pid})).error, 'the program to run', api);
  assert.match(refused.message, /runs/);
  const {registers} = await api.call('registers', {tid: world.pid, sample: true});
  assert.ok(registers.length > 20);
  assert.match((await api.answer('registers', {tid: 1})).error.message, /no thread 1/);
});

test('a message reaches the user of a gdb that waits, and a dismissed client goes', async () => {
  const {gdb, api, snapshot} = await running('loop');
  const engine = Number(Object.entries(snapshot.set.engines).find(([, row]) => row.kind === 'gdb')[0]);
  await api.call('tell', {engine, text: 'lunch?'});
  await gdb.says(/api#\d+.*: lunch\?/);
  await api.call('disconnect', {engine});
  await gdb.says(/Remote connection closed|Target disconnected/);
});

test('bad requests get clear errors and disturb nobody', async () => {
  const {api} = await running('loop');
  api.socket.write('{"jsonrpc":"2.0","id":"a","method":"no_such"}\nnot json\n{"jsonrpc":"2.0","id":"b","method":"memory","params":{"pid":"x"}}\n');
  assert.equal((await api.next(message => message.id === 'a', 'a')).error.code, -32601);
  assert.equal((await api.next(message => message.error?.code === -32700, 'parse error')).id, null);
  assert.equal((await api.next(message => message.id === 'b', 'b')).error.code, -32602);
  assert.match((await api.answer('insert_breakpoint', {pid: world.pid, at: 'loop.c:0'})).error.message, /no line number\n {4}loop\.c:0\n {11}\^/);
  assert.match((await api.answer('insert_breakpoint', {pid: world.pid, at: 'no_such'})).error.message, /nothing in process \d+ is called no_such/);
  assert.match((await api.answer('memory', {pid: world.pid, address: 'main', size: 4})).error.message, /"main" is no address/);
  assert.match((await api.answer('remove_breakpoint', {pid: world.pid, address: '0x1'})).error.message, /has no breakpoint there/);
  assert.equal((await api.call('hello')).hub, 'gdbhub');
});

test('an observer\'s listener gives observers (A38)', async () => {
  await world.hub(['loop'], {options: ['--listen', 'localhost:0,role=observer']});
  const api = client((await world.hubProcess.says(/Listening on port (\d+)/))[1]);
  assert.equal((await api.call('hello')).role, 'observer');
  assert.match((await api.answer('kill', {pid: world.pid})).error.message, /for controllers/);
});

test('it is the same over a Unix socket', async () => {
  const folder = mkdtempSync(`${tmpdir()}/gdbhub-api-`);
  try {
    await world.hub(['loop'], {options: ['--listen', `unix:${folder}/hub`]});
    await world.hubProcess.says(/Listening on socket /);
    const api = client(`${folder}/hub`);
    assert.equal((await api.call('hello')).role, 'controller');
    await api.call('follow');
    const {set} = await api.notification('snapshot');
    assert.deepEqual(Object.keys(set.processes), [String(world.pid)]);
    await api.call('interrupt', {pid: world.pid});
    const delta = await api.notification('delta', update => Object.keys(update.set.engines ?? {}).length > 0);
    assert.match(Object.values(delta.set.engines)[0].peer, /^uid \d+ pid \d+$/);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('a logpoint gives a line for each thread that passes, and ends after its count', async () => {
  await running();
  const log = client();
  assert.equal((await log.call('hello', {name: 'log'})).role, 'controller');
  const {id} = await log.call('insert_logpoint', {at: 'worker_a:"call %d", $arg1', count: 3, args: 1});
  await log.notification('event', event => event.kind === 'logpoint' && event.where === 'worker_a');
  for (let line = 0; line < 3; ++line) {
    const event = await log.notification('event', candidate => candidate.kind === 'log');
    assert.equal(event.logpoint, id);
    assert.match(event.text, /^call \d+$/);
    assert.equal(Number(event.args[0]), Number(event.text.slice(5)));
  }
  await log.notification('event', event => event.done === true);
  assert.deepEqual(await log.call('list_logpoints'), {logpoints: []});
  assert.match((await log.answer('insert_logpoint', {at: 'worker_a:"%d"'})).error.message, /\^/, 'points at what is wrong');
});

test('the documentation names every method, and no other', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const named = [...page.matchAll(/^\| `(\w+)` \|.*\| (?:observer|controller) \|/gm)].map(match => match[1]);
  assert.deepEqual(named.sort(), [...METHODS].sort());
  const sources = ['dash/methods.cc', 'dash/inspect_methods.cc', 'dash/code_methods.cc', 'dash/control_methods.cc', 'log/methods.cc'].map(name => readFileSync(new URL(`../../engines/${name}`, import.meta.url), 'utf8'));
  assert.deepEqual([...sources.join('').matchAll(/\{"(\w+)", Role::/g)].map(match => match[1]).sort(), named.sort());
});

test('the example client prints who holds what', async () => {
  const {gdb} = await running();
  const example = world.run('python3', [fileURLToPath(new URL('../../docs/examples/api_client.py', import.meta.url)), world.port]);
  await example.says(/everything runs/);
  gdb.process.kill('SIGINT');
  await example.says(/\d+: gdb#\d+ interrupted by the user/);
});
