// Sites, and who has claimed each.
import {html} from '../html.js';
import {baseName} from '../model.js';
import {command, mayControl, model} from '../store.js';
import {functionText, sourceText, spotAt} from '../symbols.js';
import {Empty, Engine} from '../widgets.js';

function add(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  command('insert_breakpoint', {pid: Number(form.get('pid')), address: form.get('address')}, 'Breakpoint set');
}

function AddForm() {
  if (!mayControl.value || model.processes.size === 0) return null;
  return html`<form class="bar" onSubmit=${add} aria-label="Add a breakpoint">
    <label>Process <select name="pid">${[...model.processes].map(([pid, process]) =>
      html`<option value=${pid}>${baseName(process.program)} ${pid}</option>`)}</select></label>
    <label>Address <input name="address" class="mono" required pattern="(0x)?[0-9a-fA-F]+" placeholder="0x401136" /></label>
    <button type="submit">Add</button></form>`;
}

export function Breakpoints() {
  const sites = [...model.breakpoints.values()];
  return html`<h1>Breakpoints</h1><${AddForm} />
    ${sites.length === 0 ? html`<${Empty}>Nobody has a breakpoint.<//>` : html`<div class="scroll"><table aria-label="Breakpoints">
      <thead><tr><th>Address</th><th>Function</th><th>Source</th><th>Program</th><th>Owner</th><th class="number">Hits</th><th>State</th><th></th></tr></thead>
      <tbody>${sites.flatMap(site => site.claims.map((claim, index) => html`<tr key="${site.pid}:${site.address}:${claim.engine}">
        <td class="mono">${index === 0 ? site.address : ''}</td><td class="mono">${index === 0 ? functionText(spotAt(site.pid, site.address)) : ''}</td>
        <td class="mono" title=${spotAt(site.pid, site.address).file}>${index === 0 ? sourceText(spotAt(site.pid, site.address)) : ''}</td>
        <td>${index === 0 ? `${baseName(model.processes.get(String(site.pid))?.program ?? '')} ${site.pid}` : ''}</td>
        <td><${Engine} id=${claim.engine} /></td><td class="number">${claim.hits.toLocaleString('en')}</td>
        <td>${claim.parked ? html`<span title="Its gdb is at the prompt and has put it aside (A49)">put aside</span>` : 'inserted'}</td>
        <td class="right">${mayControl.value && model.engines.get(String(claim.engine))?.kind === 'dashboard' && html`<span class="actions">
          <button onClick=${() => command('remove_breakpoint', {pid: site.pid, address: site.address})}>Remove</button></span>`}</td></tr>`))}</tbody></table></div>`}`;
}
