// Sites, and who has claimed each.
import {html} from '../html.js';
import {baseName, count, engineName} from '../model.js';
import {command, mayControl, model, notify, ownEngine, route} from '../store.js';
import {functionText, sourceText, spotAt} from '../symbols.js';
import {Empty, Engine, Filter, LongTable, matches} from '../widgets.js';

async function add(event) {
  event.preventDefault();
  const form = event.target, values = new FormData(form);
  const at = values.get('at').trim().replace(/^0x/i, '*0x');
  const answer = await command('insert_breakpoint', {pid: Number(values.get('pid')), at});
  if (!answer) return;
  form.elements.at.value = '';
  if (answer.places.length > 1) notify(`${at} is at ${count(answer.places.length, 'place')}`);
}

function AddForm() {
  if (!mayControl.value || model.processes.size === 0) return null;
  return html`<form class="bar" onSubmit=${add} aria-label="Add a breakpoint">
    <label>Process <select name="pid">${[...model.processes].map(([pid, process]) =>
      html`<option value=${pid}>${baseName(process.program)} ${pid}</option>`)}</select></label>
    <label class="wide">Breakpoint at <input name="at" class="mono" required placeholder="function, file.c:120 or 0x401136" title="FUNCTION, FILE:LINE, *FUNCTION+OFFSET or an address" /></label>
    <button type="submit">Add</button></form>`;
}

const COLUMNS = [
  {title: 'Place', width: 'minmax(10rem, 1.3fr)', className: 'mono'},
  {title: 'Source', width: 'minmax(8rem, .8fr)', className: 'mono'},
  {title: 'Address', width: '9.5rem', className: 'mono'},
  {title: 'Program', width: 'minmax(8rem, .7fr)'},
  {title: 'Owner', width: '8rem'},
  {title: 'Condition', width: 'minmax(10rem, 1.5fr)', className: 'mono'},
  {title: 'Hits', width: '6rem', className: 'number'},
  {title: 'State', width: '6rem'},
  {title: '', width: '5rem', className: 'right'},
];

/** One row a claim: those of others on the same place stand under it. */
function rows() {
  const filter = route.value.filter;
  const list = [];
  for (const site of model.breakpoints.values()) {
    const spot = spotAt(site.pid, site.address);
    const program = `${baseName(model.processes.get(String(site.pid))?.program ?? '')} ${site.pid}`;
    site.claims.forEach((claim, index) => {
      const text = () => `${site.address} ${functionText(spot)} ${sourceText(spot)} ${program} ${engineName(model, claim.engine)} ${claim.condition ?? ''}`;
      if (!filter || matches(text(), filter)) list.push({site, spot, program, claim, first: index === 0 || list.at(-1)?.site !== site});
    });
  }
  return list;
}

function cells({site, spot, program, claim, first}) {
  const remove = () => command('remove_breakpoint', {pid: site.pid, address: site.address});
  return [
    first ? html`<span title=${spot.module}>${functionText(spot) || baseName(spot.module ?? '')}</span>` : '',
    first ? html`<span title=${spot.file}>${sourceText(spot)}</span>` : '',
    first ? site.address : '',
    first ? program : '',
    html`<${Engine} id=${claim.engine} />`,
    html`<span title=${claim.condition}>${claim.condition ?? ''}</span>`,
    claim.hits.toLocaleString('en'),
    claim.parked ? html`<span title="Its gdb is at the prompt and has put it aside (A49)">put aside</span>` : 'inserted',
    mayControl.value && claim.engine === ownEngine.value ? html`<span class="actions"><button onClick=${remove}>Remove</button></span>` : '',
  ];
}

export function Breakpoints() {
  const list = rows();
  return html`<div class="bar"><h1>Breakpoints</h1><${Filter} label="Filter breakpoints" /></div><${AddForm} />
    ${list.length === 0 ? html`<${Empty}>${model.breakpoints.size === 0 ? 'Nobody has a breakpoint.' : 'No breakpoint matches.'}<//>`
      : html`<${LongTable} label="Breakpoints" columns=${COLUMNS} length=${list.length}
        row=${index => ({key: `${list[index].site.pid}:${list[index].site.address}:${list[index].claim.engine}`, cells: cells(list[index])})} />`}`;
}
