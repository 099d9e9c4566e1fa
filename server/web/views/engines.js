// Who is connected, and what each has at stake.
import {html} from '../html.js';
import {baseName, duration, engineName} from '../model.js';
import {command, mayControl, model, now, route} from '../store.js';
import {Empty, Engine} from '../widgets.js';
import {packetRate} from './plots.js';

function waitingFor(id) {
  const since = [...model.threads.values()].flatMap(thread => thread.waits.filter(wait => wait.engine === id).map(wait => wait.since));
  return since.length > 0 ? duration(now.value - Math.min(...since)) : '';
}

function rate(id) {
  const packets = Math.round(packetRate(id) ?? 0);
  return packets > 0 ? html` <span class="dim">${packets.toLocaleString('en')}/s</span>` : '';
}

function bytes(size) {
  return size < 10_000 ? `${size} B` : size < 10_000_000 ? `${Math.round(size / 1000)} kB` : `${Math.round(size / 1e6)} MB`;
}

function tell(id) {
  const text = prompt(`A message for the user of ${engineName(model, id)}:`);
  if (text) command('tell', {engine: id, text}, 'Sent');
}

function disconnect(id) {
  if (confirm(`End the connection of ${engineName(model, id)}? Its breakpoints and holds go with it.`)) command('disconnect', {engine: id});
}

export function Engines() {
  const chosen = route.value.arguments[0];
  const engines = [...model.engines].map(([id, engine]) => [Number(id), engine]);
  if (engines.length === 0) return html`<h1>Engines</h1><${Empty}>No client is connected.<//>`;
  return html`<h1>Engines</h1><div class="scroll"><table aria-label="Engines">
    <thead><tr><th>Client</th><th>Peer</th><th>User</th><th>Role</th><th>Mode</th><th>Programs</th><th class="number">Holds</th><th class="number">Wants to run</th>
      <th class="number">Breakpoints</th><th class="number">Packets</th><th class="number" title="Bytes that wait for it to read">Unread</th><th class="number">Kept waiting</th><th></th></tr></thead>
    <tbody>${engines.map(([id, engine]) => html`<tr key=${id} class=${String(id) === chosen ? 'chosen' : ''}>
      <td><${Engine} id=${id} /></td><td class="mono">${engine.peer}</td><td>${engine.user}</td><td>${engine.role}</td><td>${engine.mode}${engine.doing && html` <span class="dim">${engine.doing}</span>`}</td>
      <td>${engine.processes.map(pid => `${baseName(model.processes.get(String(pid))?.program ?? '')} ${pid}`).join(', ')}</td>
      <td class="number">${engine.holds || ''}</td><td class="number">${engine.waits > 0 && html`${engine.waits} <span class="dim">for ${waitingFor(id)}</span>`}</td>
      <td class="number">${engine.breakpoints || ''}</td>
      <td class="number">${engine.kind === 'gdb' ? html`<a href="#/packets/${id}">${engine.requests.toLocaleString('en')}</a>${rate(id)}` : ''}</td>
      <td class="number">${engine.unread > 0 ? bytes(engine.unread) : ''}</td><td class="number">${engine.kept_waiting >= 1000 ? duration(engine.kept_waiting) : ''}</td>
      <td class="right">${mayControl.value && html`<span class="actions"><button onClick=${() => tell(id)}>Message</button>
        <button class="danger" onClick=${() => disconnect(id)}>Disconnect</button></span>`}</td></tr>`)}</tbody></table></div>`;
}
