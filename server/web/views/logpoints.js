// Lines that threads leave when they pass a place: nobody is held.
import {html} from '../html.js';
import {timeOfDay} from '../model.js';
import {clear, insert, lines, logpoints, lost, remove} from '../logpoints.js';
import {mayControl, model, notify, route} from '../store.js';
import {Empty, Filter, LongTable, matches} from '../widgets.js';

const COLUMNS = [
  {title: 'Time', width: '9.5rem', className: 'mono'},
  {title: 'Thread', width: '6rem', className: 'mono'},
  {title: 'Logpoint', width: 'minmax(8rem, .4fr)', className: 'mono'},
  {title: 'Line', width: 'minmax(20rem, 1.5fr)', className: 'mono pre'},
];

async function add(event) {
  event.preventDefault();
  const form = event.target;
  try {
    await insert(new FormData(form).get('at'));
    form.reset();
  } catch (error) {
    notify(error.message, 'error');
  }
}

function AddForm() {
  if (!mayControl.value || model.processes.size === 0) return null;
  return html`<form class="bar" onSubmit=${add} aria-label="Add a logpoint">
    <label class="wide">Logpoint <input name="at" class="mono" required placeholder=${'server.c:120:"fd %d of %s", $rdi, $thread if $rdi > 100'}
      title="FUNCTION, FILE:LINE or *ADDRESS, then a format and expressions, then a condition: docs/logging.md" /></label>
    <button type="submit">Add</button></form>`;
}

function List() {
  if (logpoints.size === 0) return null;
  return html`<div class="scroll short"><table aria-label="Logpoints"><thead><tr><th>Logpoint</th><th>Place</th><th class="number">Hits</th><th></th></tr></thead>
    <tbody>${[...logpoints].map(([id, {at, hits, places}]) => html`<tr key=${id}><td class="mono">${at}</td>
      <td class="mono">${places || html`<span class="dim" title="No file that the programs have mapped has it so far">none yet</span>`}</td>
      <td class="number">${hits.toLocaleString('en')}</td>
      <td class="right"><button onClick=${() => remove(id).catch(error => notify(error.message, 'error'))}>Remove</button></td></tr>`)}</tbody></table></div>`;
}

function cells(line) {
  return [timeOfDay(line.time), html`<a href="#/thread/${line.tid}">${line.tid}</a>`, line.where,
    html`<span class=${line.error ? 'dim' : ''} title=${line.text}>${line.text}</span>`];
}

export function Logpoints() {
  const filter = route.value.filter;
  const list = filter ? lines.filter(line => matches(`${line.tid} ${line.where} ${line.text}`, filter)) : lines;
  const nothing = logpoints.size > 0 ? 'Nobody has come there yet.' : mayControl.value
    ? 'A logpoint writes a line each time that a thread passes a place in a program. No thread is held by it.'
    : 'Logpoints belong to a page, and this one only shows.';
  return html`<div class="bar"><h1>Logpoints</h1>${lost > 0 && html`<span class="dim">${lost.toLocaleString('en')} lines were too many to be sent</span>`}
      ${lines.length > 0 && html`<button onClick=${clear}>Clear</button>`}<${Filter} label="Filter the lines" /></div>
    <${AddForm} /><${List} />
    ${list.length === 0 ? html`<${Empty}>${filter ? 'Nothing matches.' : nothing}<//>` : html`<${LongTable} label="Lines" columns=${COLUMNS} length=${list.length} stick=${true}
      row=${index => ({key: list[index].n, cells: cells(list[index])})} />`}`;
}
