// Everything that has happened, as it is in the hub's event log.
import {html} from '../html.js';
import {timeOfDay} from '../model.js';
import {model, route} from '../store.js';
import {Empty, Engine, Filter, LongTable, matches} from '../widgets.js';

const COLUMNS = [
  {title: 'Time', width: '9.5rem', className: 'mono'},
  {title: 'Thread', width: '6rem', className: 'mono'},
  {title: 'What', width: '11rem'},
  {title: 'By', width: '9rem'},
  {title: 'Text', width: 'minmax(14rem, 1fr)'},
];

function cells(event) {
  return [timeOfDay(event.time), event.tid ? html`<a href="#/thread/${event.tid}">${event.tid}</a>` : '', event.kind,
    event.engine ? html`<${Engine} id=${event.engine} />` : '', html`<span title=${event.text}>${event.text}</span>`];
}

export function Log() {
  const filter = route.value.filter;
  const events = filter ? model.events.filter(event => matches(`${event.tid} ${event.kind} ${event.by} ${event.text}`, filter)) : model.events;
  return html`<div class="bar"><h1>Log</h1><${Filter} label="Filter the log" />
      ${model.lostEvents > 0 && html`<span class="dim">${model.lostEvents.toLocaleString('en')} were too many to be sent</span>`}</div>
    ${events.length === 0 ? html`<${Empty}>${filter ? 'Nothing matches.' : 'Nothing has happened yet.'}<//>`
      : html`<${LongTable} label="Event log" columns=${COLUMNS} length=${events.length} stick=${true}
        row=${index => ({key: events[index].number, cells: cells(events[index])})} />`}`;
}
