// A client of the API for tests: one JSON message a line. Everything that goes either way is held to docs/api.schema.json.
import {EventEmitter} from 'node:events';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import Ajv from 'ajv/dist/2020.js';
import {until} from './world.mjs';

const schema = JSON.parse(readFileSync(new URL('../../docs/api.schema.json', import.meta.url)));
const ajv = new Ajv({allErrors: true});
const validators = new Map();

function check(part, value) {
  if (!validators.has(part)) validators.set(part, ajv.compile({$defs: schema.$defs, ...part}));
  const validate = validators.get(part);
  if (!validate(value)) throw new Error(`not as in docs/api.schema.json: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value).slice(0, 600)}`);
}

/** Holds one direction of a conversation to the schema; knows which request an answer belongs to. 'change': a message was held to it. */
export class Checker extends EventEmitter {
  #methods = new Map();
  checked = 0;

  request(message) {
    const method = schema.methods[message.method];
    if (!method) throw new Error(`${message.method} is not in docs/api.schema.json`);
    check(method.params, message.params ?? {});
    this.#methods.set(message.id, method);
    this.checked += 1;
    this.emit('change');
  }
  reply(message) {
    if (message.method) {
      if (!schema.notifications[message.method]) throw new Error(`${message.method} is not in docs/api.schema.json`);
      check(schema.notifications[message.method], message.params);
    } else if (message.result !== undefined) {
      check(this.#methods.get(message.id).result, message.result);
    } else if (typeof message.error?.code !== 'number' || typeof message.error?.message !== 'string') {
      throw new Error(`not an answer: ${JSON.stringify(message)}`);
    }
    this.checked += 1;
    this.emit('change');
  }
}

export const METHODS = Object.keys(schema.methods);

/** 'change': a message has come. */
export class ApiClient extends EventEmitter {
  #checker = new Checker();
  #lastId = 0;
  #rest = '';
  messages = [];

  /** `where`: a port of this machine, or the path of a Unix socket. */
  constructor(where) {
    super();
    this.socket = String(where).startsWith('/') ? connect(where) : connect(Number(where), '127.0.0.1');
    this.socket.setEncoding('utf8');
    this.socket.on('error', () => {});
    this.socket.on('data', text => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop();
      for (const line of lines) this.messages.push(JSON.parse(line));
      this.emit('change');
    });
    this.closed = new Promise(done => this.socket.on('close', done));
  }
  /** The first message that fits, from now on or already there; it is taken out. */
  async next(fits, what) {
    await until(() => this.messages.some(fits), what, this, () => JSON.stringify(this.messages).slice(0, 2000));
    const message = this.messages.splice(this.messages.findIndex(fits), 1)[0];
    this.#checker.reply(message);
    return message;
  }
  notification(method, fits = () => true) {
    return this.next(message => message.method === method && fits(message.params), method).then(message => message.params);
  }
  /** The answer, error or result. */
  async answer(method, params = {}) {
    const id = ++this.#lastId;
    const request = {jsonrpc: '2.0', id, method, params};
    this.#checker.request(request);
    this.socket.write(JSON.stringify(request) + '\n');
    return this.next(message => message.id === id, `the answer to ${method}`);
  }
  async call(method, params) {
    const {result, error} = await this.answer(method, params);
    if (error) throw new Error(error.message);
    return result;
  }
  close() {
    this.socket.destroy();
  }
}
