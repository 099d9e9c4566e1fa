// What the programs have written, where the hub has their streams (--inferior-io).
import {html} from '../html.js';
import {baseName, timeOfDay} from '../model.js';
import {model, route} from '../store.js';
import {Empty, Filter, LongTable, matches} from '../widgets.js';

const COLUMNS = [
  {title: 'Time', width: '9.5rem', className: 'mono'},
  {title: 'Program', width: '11rem'},
  {title: 'Output', width: 'minmax(20rem, 1fr)', className: 'mono pre'},
];

/** Lines, put together of the portions in which the program has written them. */
function lines() {
  const list = [], open = new Map();
  for (const event of model.events) {
    if (event.kind !== 'output' && event.kind !== 'output-gap') continue;
    const parts = event.text.split('\n');
    parts.forEach((text, index) => {
      const begun = open.get(event.pid);
      if (begun && index === 0) begun.text += text;
      else if (text || index < parts.length - 1) {
        const line = {key: `${event.number}.${index}`, time: event.time, pid: event.pid, text};
        list.push(line);
        open.set(event.pid, line);
      }
      if (index < parts.length - 1) open.delete(event.pid);
    });
  }
  return list;
}

export function Output() {
  const filter = route.value.filter;
  const list = lines().filter(line => !filter || matches(`${line.pid} ${line.text}`, filter));
  return html`<div class="bar"><h1>Output</h1><${Filter} label="Filter the output" /></div>
    ${list.length === 0 ? html`<${Empty}>${filter ? 'Nothing matches.' : 'No program has written anything that the hub has seen. It sees what programs write that it has started with --inferior-io=pty or pipe.'}<//>`
      : html`<${LongTable} label="Output" columns=${COLUMNS} length=${list.length} stick=${true} row=${index => {
        const line = list[index];
        return {key: line.key, cells: [timeOfDay(line.time), `${baseName(model.processes.get(String(line.pid))?.program ?? '')} ${line.pid}`, line.text]};
      }} />`}`;
}
