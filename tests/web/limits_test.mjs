// What the dashboard's port makes of too much, of nothing, and of questions that should change nothing.
import assert from 'node:assert/strict';
import {connect} from 'node:net';
import {afterEach, beforeEach, test} from 'node:test';
import {World} from './world.mjs';

let world;
beforeEach(() => world = new World());
afterEach(() => world.close());

/** All that the port says to some bytes until it closes the connection. */
function answerTo(...parts) {
  const {hostname, port} = new URL(world.base);
  return new Promise(done => {
    let text = '';
    const socket = connect(Number(port), hostname);
    socket.on('data', data => text += data);
    socket.on('error', () => {});  // reset: it is not read to the end
    socket.on('close', () => done(text));
    for (const part of parts) socket.write(part);
  });
}

function request(line, ...headers) {
  return `${[line, `Host: ${new URL(world.base).host}`, ...headers].join('\r\n')}\r\n\r\n`;
}

async function stillServes() {
  assert.match(await answerTo(request('GET / HTTP/1.1', 'Connection: close')), /^HTTP\/1.1 200/);
}

test('headers and bodies that are too large end the connection, and nothing else', async () => {
  await world.hub(['loop']);
  assert.doesNotMatch(await answerTo(request('GET / HTTP/1.1', `X: ${'x'.repeat(20_000)}`)), /200/);
  assert.doesNotMatch(await answerTo(request('POST /session HTTP/1.1', `Origin: ${world.base}`, 'Content-Length: 100000'), 'x'.repeat(100_000)), /204/);
  assert.doesNotMatch(await answerTo('\x16\x03\x01 this is not HTTP\r\n\r\n'), /200/);
  await stillServes();
  await world.dashboard();
});

test('a message that is too large ends its WebSocket, and the page comes back', async () => {
  await world.hub(['loop']);
  const page = await world.dashboard();
  const code = await page.evaluate(() => new Promise(done => {
    const socket = new WebSocket(`ws://${location.host}/api`);
    socket.onopen = () => socket.send('x'.repeat(100_000));
    socket.onclose = ({code}) => done(code);
  }));
  assert.ok(code === 1009 || code === 1006, `${code}`);  // RFC 6455, 7.4.1: too big; or reset before that was read
  await page.getByText('Live', {exact: true}).waitFor();
});

test('GET changes nothing: a token is good after it', async () => {
  await world.hub(['loop']);
  const token = new URL(world.url).hash.slice('#token='.length);
  for (const target of [`/session?token=${token}`, `/?token=${token}`, `/api?token=${token}`]) {
    assert.doesNotMatch(await answerTo(request(`GET ${target} HTTP/1.1`, `Origin: ${world.base}`, 'Connection: close')), /set-cookie/i);
  }
  await world.dashboard();
});

test('while the hub has not said anything the page says so', async () => {
  await world.hub(['loop']);
  const page = await world.page();
  await page.routeWebSocket('**/api', () => {});
  await page.goto(world.url);
  await page.getByText('Connecting …').waitFor();
  await page.getByText('Loading …').waitFor();
  assert.deepEqual(page.errors, []);
});
