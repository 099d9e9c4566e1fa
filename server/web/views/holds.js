// "Why does my program not run, who is stopping it?"
import {html} from '../html.js';
import {baseName, count, duration, engineName, holders, STATE_TEXT, threadsByUrgency} from '../model.js';
import {command, mayControl, model, notify, now, route} from '../store.js';
import {placeText} from '../symbols.js';
import {Empty, Engine, Filter, LongTable, matches, Place, State, Thread} from '../widgets.js';

async function ask(engine, tid) {
  const answer = await command('ask', {engine, tid});
  if (answer) notify(`${engineName(model, engine)} ${answer.released ? 'lets it run' : 'has been asked'}`);
}

async function release(engine, threads) {
  const name = engineName(model, engine);
  for (const tid of threads) {
    if (!await command('release', {engine, tid})) return;
  }
  notify(`${name}: released ${count(threads.length, 'thread')}`);
}

function confirmRelease(engine, threads) {
  const text = `End the hold of ${engineName(model, engine)} on ${count(threads.length, 'thread')}? `
    + `Its user believes that ${threads.length === 1 ? 'it is' : 'they are'} stopped, and is told.`;
  if (engine === 0 || confirm(text)) release(engine, threads);
}

function Actions({engine, threads}) {
  if (!mayControl.value) return null;
  const askable = engine !== 0;
  return html`<span class="actions">
    ${askable && html`<button onClick=${() => ask(engine, threads[0])} title="Send its user a message">Ask</button>`}
    <button class="danger" onClick=${() => confirmRelease(engine, threads)} title="End this hold now">Release</button>
  </span>`;
}

/** One sentence that answers the question. */
function Verdict() {
  const all = [...model.threads.values()];
  const held = all.filter(thread => thread.holds.length > 0);
  const waited = all.filter(thread => thread.waits.length > 0);
  if (all.length === 0) return html`<${Empty}>The hub traces no program. Start one, or attach, from a debugger.<//>`;
  if (held.length === 0) {
    return html`<div class="verdict running"><h1>Everything runs.</h1><p>Nobody holds any of ${count(all.length, 'thread')}.</p></div>`;
  }
  const wanting = [...new Set(waited.flatMap(thread => thread.waits.map(wait => wait.engine)))];
  const who = holders(model).filter(holder => wanting.length === 0 || holder.keepsWaiting > 0);
  return html`<div class="verdict ${waited.length > 0 ? 'waiting' : 'held'}">
    <h1>${held.length === all.length ? (all.length === 1 ? 'The only thread is held' : `All ${count(all.length, 'thread')} are held`)
      : `${held.length.toLocaleString('en')} of ${count(all.length, 'thread')} ${held.length === 1 ? 'is' : 'are'} held`} by
      ${' '}${who.map(holder => engineName(model, holder.engine)).join(', ')}.</h1>
    <p>${wanting.length > 0
      ? html`${wanting.map(id => html`<${Engine} id=${id} /> `)} ${wanting.length === 1 ? 'wants' : 'want'} ${count(waited.length, 'thread')} to run, and
        ${wanting.length === 1 ? ' has' : ' have'} waited for ${duration(now.value - Math.min(...waited.flatMap(thread => thread.waits.map(wait => wait.since))))}.`
      : 'Nobody else waits for them.'}</p>
  </div>`;
}

function Holders() {
  return html`<section class="cards" aria-label="Who holds">
    ${holders(model).map(holder => html`<article class="card ${holder.keepsWaiting > 0 ? 'waiting' : ''}" key=${holder.engine}>
      <header><${Engine} id=${holder.engine} /> <span class="dim">${model.engines.get(String(holder.engine))?.peer ?? ''}</span></header>
      <p><b>${count(holder.threads.length, 'thread')}</b>, for ${duration(now.value - holder.since)}</p>
      <ul>${holder.reasons.map(([reason, times]) => html`<li>${holder.reasons.length > 1 ? `${times.toLocaleString('en')} × ` : ''}${reason}</li>`)}</ul>
      <${Actions} engine=${holder.engine} threads=${holder.threads} />
    </article>`)}
  </section>`;
}

const COLUMNS = [
  {title: 'Thread', width: 'minmax(11rem, 1.2fr)'},
  {title: 'State', width: '7.5rem'},
  {title: 'At', width: 'minmax(11rem, 1.4fr)', className: 'mono'},
  {title: 'Held by', width: 'minmax(7rem, .5fr)'},
  {title: 'Why', width: 'minmax(12rem, 1.8fr)'},
  {title: 'For', width: '5.5rem', className: 'number'},
  {title: 'Wanted by', width: 'minmax(8rem, 1fr)'},
  {title: '', width: '8.5rem', className: 'right'},
];

/** One row a hold: further holds of a thread stand under it. */
function rows() {
  const filter = route.value.filter;
  const list = [];
  for (const [tid, thread, state] of threadsByUrgency(model)) {
    const program = baseName(model.processes.get(String(thread.pid))?.program ?? '');
    const holds = thread.holds.length > 0 ? thread.holds : [null];
    holds.forEach((hold, index) => {
      const text = () => `${tid} ${thread.name} ${program} ${STATE_TEXT[state]} ${hold ? `${engineName(model, hold.engine)} ${hold.reason}` : ''} ${thread.pc ? `${thread.pc} ${placeText(thread.pid, thread.pc)}` : ''}`;
      if (!filter || matches(text(), filter)) list.push({tid, thread, state, hold, first: index === 0});
    });
  }
  return list;
}

function cells({tid, thread, state, hold, first}) {
  const why = hold && html`${hold.reason}${hold.weak ? html` <em title="Steps of others pass it (A45)">weak</em>` : ''}${
    !hold.in_force && !hold.uninterruptible ? html` <em>not stopped yet</em>` : ''}`;
  return [
    first ? html`<${Thread} tid=${tid} thread=${thread} />` : '',
    first ? html`<${State} state=${state} />` : '',
    first && thread.pc ? html`<${Place} pid=${thread.pid} address=${thread.pc} />` : '',
    hold ? html`<${Engine} id=${hold.engine} />` : '',
    why ?? '',
    hold ? duration(now.value - hold.since) : '',
    first ? thread.waits.map(wait => html`<${Engine} id=${wait.engine} /> `) : '',
    hold ? html`<${Actions} engine=${hold.engine} threads=${[tid]} />` : '',
  ];
}

export function Holds() {
  const list = rows();
  return html`<${Verdict} /><${Holders} />
    ${model.threads.size > 0 && html`<div class="bar"><h2>Threads</h2><${Filter} label="Filter threads" /></div>
    ${list.length === 0 ? html`<${Empty}>No thread matches.<//>` : html`<${LongTable} label="Threads and who holds them" columns=${COLUMNS} length=${list.length}
      row=${index => ({key: `${list[index].tid}-${list[index].hold?.engine}`, cells: cells(list[index]), className: list[index].state})} />`}`}`;
}
