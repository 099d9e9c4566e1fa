// The dashboard over TLS, with a certificate of the test's own.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {get as httpGet} from 'node:http';
import {get} from 'node:https';
import {tmpdir} from 'node:os';
import {afterEach, beforeEach, test} from 'node:test';
import {environment, World} from './world.mjs';

let world, folder, certificate, key;
beforeEach(() => {
  world = new World();
  folder = mkdtempSync(`${tmpdir()}/gdbhub-tls-`);
  [certificate, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-out', certificate, '-keyout', key], {stdio: 'pipe'});
});
afterEach(async () => {
  await world.close();
  rmSync(folder, {recursive: true});
});

/** The reply of one request: [status, text]. */
function fetchText(getter, url, options = {}) {
  return new Promise((done, fail) => getter(url, {...options, agent: false}, reply => {
    let text = '';
    reply.setEncoding('utf8');
    reply.on('data', data => text += data);
    reply.on('end', () => done([reply.statusCode, text]));
  }).on('error', fail));
}

test('the page, its session and its WebSocket are encrypted, and the cookie is for that only', async () => {
  await world.hub(['threads', 3, 100000], {options: ['--dashboard-cert', certificate, '--dashboard-key', key]});
  assert.match(world.url, /^https:\/\/127\.0\.0\.1:\d+\//);
  const page = await world.dashboard({ignoreHTTPSErrors: true});
  const sockets = [];
  page.on('websocket', socket => sockets.push(socket.url()));
  await page.reload();
  await page.getByRole('heading', {name: 'The only thread is held by the hub.'}).waitFor();
  assert.deepEqual(sockets, [`${world.base.replace('https', 'wss')}/api`]);
  const cookies = await page.context().cookies();
  assert.deepEqual(cookies.map(({secure, httpOnly, sameSite}) => ({secure, httpOnly, sameSite})), [{secure: true, httpOnly: true, sameSite: 'Strict'}]);
  const gdb = await world.gdb();
  await gdb.command('continue', /Continuing/);
  await page.getByText('Nobody holds any of 4 threads.').waitFor();
  assert.deepEqual(page.errors, []);
});

test('who trusts the certificate reads /metrics; a browser that does not, and plain HTTP, get nothing', async () => {
  await world.hub(['loop'], {options: ['--dashboard-cert', certificate, '--dashboard-key', key]});
  const [status, text] = await fetchText(get, `${world.base}/metrics`, {ca: readFileSync(certificate)});
  assert.equal(status, 200);
  assert.match(text, /^gdbhub_threads 1$/m);
  await assert.rejects(fetchText(get, `${world.base}/metrics`), /self-signed|SELF_SIGNED/);
  await assert.rejects(fetchText(httpGet, `${world.base.replace('https', 'http')}/metrics`));
  const page = await world.page();
  await assert.rejects(page.goto(world.url), /ERR_CERT_AUTHORITY_INVALID/);
});

test('certificate and key may be in one file, also for a dashboard that is asked for later', async () => {
  const both = `${folder}/both.pem`;
  execFileSync('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', certificate, key, both]);
  await world.hub(['loop'], {dashboard: null, options: ['--dashboard-cert', both]});
  const {said, status} = await world.dashboardCommand('--connect', `localhost:${world.port}`, '--at', ':0');
  assert.equal(status, 0, said);
  world.opened(said);
  const page = await world.dashboard({ignoreHTTPSErrors: true});
  await page.getByRole('heading', {name: 'The only thread is held by the hub.'}).waitFor();
});

test('what is no certificate is said before anything starts', async () => {
  const refusal = async (...words) => {
    const hub = world.run(environment('HUB'), [...words, '--dashboard=:0', 'localhost:0', `${environment('TRACEES')}/loop`]);
    await hub.ended;
    assert.equal(hub.process.exitCode, 1);
    return hub.out;
  };
  assert.match(await refusal('--dashboard-cert', `${folder}/none.pem`), /--dashboard-cert: .*none\.pem: No such file/);
  assert.match(await refusal('--dashboard-cert', certificate), /--dashboard-key: .*cert\.pem: /);
  assert.match(await refusal('--dashboard-key', key), /--dashboard-cert is missing/);
});
