// What a browser test has: a hub with a dashboard, gdbs, a browser. All of it is gone after the test.
import {spawn} from 'node:child_process';
import {EventEmitter} from 'node:events';
import {existsSync} from 'node:fs';
import {chromium} from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE = 30_000;

export function environment(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by ctest`);
  return value;
}

/** Waits until `look` gives something true, and returns it. It looks again whenever `source` emits 'change'. */
export async function until(look, what, source, context = () => '') {
  let wake, late = false;
  const onChange = () => wake?.();
  const deadline = setTimeout(() => (late = true, onChange()), PATIENCE);
  source.on('change', onChange);
  try {
    for (;;) {
      const changed = new Promise(done => wake = done);  // before looking: a change meanwhile counts
      const value = await look();
      if (value) return value;
      if (late) throw new Error(`waited in vain for ${what}\n${context()}`);
      await changed;
    }
  } finally {
    clearTimeout(deadline);
    source.off('change', onChange);
  }
}

/** A program that is run. 'change': it has printed something. */
class Child extends EventEmitter {
  constructor(path, words) {
    super();
    this.out = '';
    this.process = spawn(path, words);
    const heard = data => {
      this.out += data;
      this.emit('change');
    };
    this.process.stdout.on('data', heard);
    this.process.stderr.on('data', heard);
    this.ended = new Promise(done => this.process.on('close', done));
  }
  /** The match of `pattern` in what it has printed since the last one. */
  async says(pattern) {
    const match = await until(() => this.out.match(pattern), pattern, this, () => this.out);
    this.out = this.out.slice(match.index + match[0].length);
    return match;
  }
  async end(signal = 'SIGTERM') {
    this.process.kill(signal);
    await this.ended;
  }
}

class Gdb extends Child {
  async command(text, answer) {
    this.process.stdin.write(text + '\n');
    return answer ? this.says(answer) : null;
  }
}

export class World {
  #children = [];
  #browser = null;
  hubs = [];

  /** A hub on a sample program. */
  async hub(program, {dashboard = '--dashboard=:0', options = []} = {}) {
    this.program = `${environment('TRACEES')}/${program[0]}`;
    const first = dashboard ? [dashboard, ...options] : options;
    const hub = this.#start(new Child(environment('HUB'), [...first, 'localhost:0', this.program, ...program.slice(1).map(String)]));
    this.hubs.push(hub);
    this.pid = Number((await hub.says(/created; pid = (\d+)/))[1]);
    if (dashboard) this.opened((await hub.says(/Dashboard: (\S+)/))[1]);
    this.port = (await hub.says(/Listening on port (\d+)/))[1];
    return hub;
  }
  get hubProcess() {
    return this.hubs.at(-1);
  }
  opened(url) {
    this.url = url;
    this.base = new URL(url).origin;
  }

  /** `gdbhub dashboard`: what it says, and its exit status. */
  async dashboardCommand(...words) {
    const command = this.run(environment('HUB'), ['dashboard', ...words]);
    await command.ended;
    return {said: command.out.trim(), status: command.process.exitCode};
  }

  /** A gdb on the hub, stopped. `first`: commands before it connects. */
  async gdb(first = []) {
    const before = ['set confirm off', 'set pagination off', 'set debuginfod enabled off', ...first];
    const gdb = this.#start(new Gdb('gdb', ['-q', '-nx', ...before.flatMap(command => ['-ex', command]), this.program, '-ex', `target remote localhost:${this.port}`]));
    gdb.peer = (await gdb.says(/Remote debugging using (\S+)[^]*\(gdb\) /))[1];
    return gdb;
  }

  /** Any other program, which ends with the test. */
  run(path, words) {
    return this.#start(new Child(path, words));
  }

  #start(child) {
    this.#children.push(child);
    return child;
  }

  async browser() {
    if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: scripts/install-packages --tests installs it`);
    this.#browser ??= await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-background-networking']});
    return this.#browser;
  }

  /** A page of a browser of its own: no cookies of others. Errors of scripts fail the test. */
  async page(options = {}) {
    const context = await (await this.browser()).newContext({viewport: {width: 1400, height: 800}, ...options});
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.errors = [];
    page.on('pageerror', error => page.errors.push(error.message));
    page.on('console', message => message.type() === 'error' && page.errors.push(message.text()));
    return page;
  }

  /** The dashboard, live. */
  async dashboard(options) {
    const page = await this.page(options);
    await page.goto(this.url);
    await page.getByText('Live', {exact: true}).waitFor();
    return page;
  }

  async close() {
    await this.#browser?.close();
    for (const child of this.#children.reverse()) await child.end(this.hubs.includes(child) ? 'SIGTERM' : 'SIGKILL');
  }
}
