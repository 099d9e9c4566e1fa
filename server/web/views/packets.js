// What one client and the hub say to each other.
import {effect, signal} from '../vendor/signals-core.mjs';
import {request, status} from '../connection.js';
import {html} from '../html.js';
import {engineName, microseconds, timeOfDay} from '../model.js';
import {command, listeners, model, route} from '../store.js';
import {Empty, Filter, LongTable, matches} from '../widgets.js';

const MAX_PACKETS = 20_000;

/** Of the engine that is watched; 0: none. */
const watched = signal(0);
/** The hub sends them from now on. */
const confirmed = signal(false);
let packets = [];
let lost = 0;
let unanswered = null;

listeners.packets = ({engine, packets: batch, lost: left_out}) => {
  if (engine !== watched.value) return;
  lost += left_out ?? 0;
  for (const packet of batch) {
    // A reply belongs to the request before it; a notification to none.
    if (packet.from_client) unanswered = packet;
    else if (unanswered && packet.what !== 'notification') {
      packet.latency = packet.time - unanswered.time;
      unanswered = null;
    }
    packets.push(packet);
  }
  if (packets.length > MAX_PACKETS * 1.1) packets.splice(0, packets.length - MAX_PACKETS);
};

// The hub sends packets for as long as they are looked at, and knows nothing of it after the connection was lost.
effect(() => {
  const shown = route.value.view === 'packets';
  if (status.value !== 'open') watched.value = 0;
  else if (!shown && watched.peek() !== 0) {
    watched.value = 0;
    request('watch_packets', {engine: 0}).catch(() => {});
  }
});

async function watch(engine) {
  packets = [];
  lost = 0;
  unanswered = null;
  watched.value = engine;
  confirmed.value = false;
  if (await command('watch_packets', {engine}) === null) watched.value = 0;
  else if (watched.value === engine) confirmed.value = true;
}

const COLUMNS = [
  {title: 'Time', width: '9.5rem', className: 'mono'},
  {title: '', width: '1.2rem'},
  {title: 'What', width: 'minmax(12rem, .7fr)'},
  {title: 'Packet', width: 'minmax(16rem, 1.5fr)', className: 'mono'},
  {title: 'Took', width: '6rem', className: 'number'},
];

function cells(packet) {
  return [timeOfDay(packet.time), html`<span class=${packet.from_client ? 'asks' : 'dim'} aria-label=${packet.from_client ? 'from the client' : 'from the hub'}>${packet.from_client ? '→' : '←'}</span>`,
    packet.what, html`<span title=${packet.text}>${packet.text}</span>`, packet.latency === undefined ? '' : microseconds(packet.latency * 1e6)];
}

export function Packets() {
  const engines = [...model.engines].filter(([, engine]) => engine.kind === 'gdb');
  const asked = Number(route.value.arguments[0] ?? engines[0]?.[0] ?? 0);
  if (asked && status.value === 'open' && watched.value !== asked && model.engines.has(String(asked))) queueMicrotask(() => watch(asked));
  const filter = route.value.filter;
  const list = filter ? packets.filter(packet => matches(`${packet.what} ${packet.text}`, filter)) : packets;
  return html`<div class="bar"><h1>Packets</h1>${engines.map(([id]) =>
      html`<a class="chip gdb" href="#/packets/${id}" aria-current=${Number(id) === asked ? 'page' : undefined}>${engineName(model, Number(id))}</a>`)}
      ${lost > 0 && html`<span class="dim">${lost.toLocaleString('en')} were too many to be shown</span>`}<${Filter} label="Filter packets" /></div>
    ${list.length === 0 ? html`<${Empty}>${engines.length === 0 ? 'No debugger is connected.' : confirmed.value ? 'Nothing has been said since you look.' : 'Asking the hub …'}<//>`
      : html`<${LongTable} label="Packets" columns=${COLUMNS} length=${list.length} stick=${true}
        row=${index => ({key: list[index].number, cells: cells(list[index])})} />`}`;
}
