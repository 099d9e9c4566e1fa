// Processes, and under each its threads.
import {html} from '../html.js';
import {baseName, count, engineName, STATE_TEXT, threadState} from '../model.js';
import {command, mayControl, model, notify, route} from '../store.js';
import {placeText} from '../symbols.js';
import {Empty, Engine, Filter, LongTable, matches, Place, State, Thread} from '../widgets.js';

const COLUMNS = [
  {title: 'Process or thread', width: 'minmax(16rem, 2fr)'},
  {title: 'State', width: '9rem'},
  {title: 'At', width: 'minmax(9rem, 1.5fr)', className: 'mono'},
  {title: 'Held by', width: 'minmax(10rem, 1.5fr)'},
  {title: '', width: '19rem', className: 'right'},
];

function rows() {
  const filter = route.value.filter;
  const threads = new Map([...model.processes.keys()].map(pid => [pid, []]));
  for (const [tid, thread] of model.threads) threads.get(String(thread.pid))?.push([Number(tid), thread]);
  const list = [];
  for (const [pid, process] of model.processes) {
    const own = threads.get(pid).filter(([tid, thread]) =>
      !filter || matches(`${tid} ${thread.name} ${process.program} ${STATE_TEXT[threadState(thread)]} ${thread.pc ? `${thread.pc} ${placeText(thread.pid, thread.pc)}` : ''}`, filter));
    if (filter && own.length === 0) continue;
    list.push({pid: Number(pid), process, total: threads.get(pid).length});
    for (const [tid, thread] of own.sort((a, b) => a[0] - b[0])) list.push({pid: Number(pid), tid, thread});
  }
  return list;
}

function ProcessActions({pid}) {
  if (!mayControl.value) return null;
  const name = `${baseName(model.processes.get(String(pid))?.program ?? '')} ${pid}`;
  const detach = () => confirm(`Let go of ${name}? It runs on without the hub, and no debugger can come back to it here.`) && command('let_go', {pid}, `${name} is let go`);
  const kill = () => confirm(`Kill ${name}? It ends at once, for everybody who debugs it.`) && command('kill', {pid, force: true}, `${name} is killed`);
  return html`<span class="actions"><button onClick=${() => command('interrupt', {pid})}>Interrupt</button>
    <button onClick=${() => resume({pid})} title="End the dashboard's own holds">Continue</button>
    <button onClick=${detach} title="Let it run on without the hub">Detach</button>
    <button class="danger" onClick=${kill}>Kill</button></span>`;
}

/** Ends the page's own holds, and says who keeps what from running all the same. */
async function resume(which) {
  const answer = await command('continue', which);
  if (!answer) return;
  const threads = [...model.threads].filter(([tid, thread]) => thread.pid === which.pid && (!which.tid || Number(tid) === which.tid));
  const others = new Set(threads.flatMap(([, thread]) => thread.holds.map(hold => hold.engine)));
  others.delete(answer.engine);
  others.delete(0);  // the hub holds for its first client, who has just come
  if (others.size > 0) notify(`Still held by ${[...others].map(id => engineName(model, id)).join(', ')}: see Holds`);
}

export function ThreadActions({pid, tid}) {
  if (!mayControl.value) return null;
  return html`<span class="actions"><button onClick=${() => command('interrupt', {pid, tid})}>Interrupt</button>
    <button onClick=${() => command('step', {pid, tid})}>Step</button>
    <button onClick=${() => resume({pid, tid})} title="End the dashboard's own hold">Continue</button></span>`;
}

function cells(row) {
  if (row.process) {
    const {pid, process, total} = row;
    return [html`<span title=${process.program}><b>${baseName(process.program)}</b> <span class="mono">${pid}</span>
        <span class="dim"> ${process.launched ? 'launched' : 'attached'}, ${count(total, 'thread')}</span></span>`,
      process.unclaimed ? 'waits for a client' : '', '', process.owner ? html`owner <${Engine} id=${process.owner} />` : '',
      html`<${ProcessActions} pid=${pid} />`];
  }
  const {pid, tid, thread} = row;
  return [html`<span class="indent"><${Thread} tid=${tid} thread=${thread} /></span>`, html`<${State} state=${threadState(thread)} />`,
    thread.pc ? html`<${Place} pid=${pid} address=${thread.pc} />` : '',
    thread.holds.map(hold => html`<${Engine} id=${hold.engine} /> `), html`<${ThreadActions} pid=${pid} tid=${tid} />`];
}

export function Threads() {
  const list = rows();
  return html`<div class="bar"><h1>Processes and threads</h1><${Filter} label="Filter threads" /></div>
    ${list.length === 0 ? html`<${Empty}>${model.processes.size === 0 ? 'The hub traces no program.' : 'No thread matches.'}<//>`
      : html`<${LongTable} label="Processes and threads" columns=${COLUMNS} length=${list.length}
        row=${index => ({key: list[index].tid ?? `p${list[index].pid}`, cells: cells(list[index]), className: list[index].process ? 'group' : ''})} />`}`;
}
