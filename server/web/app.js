// The page: header, navigation, the chosen view. Drawn anew whenever a signal that it has read changes.
import {effect} from './vendor/signals-core.mjs';
import {hub, retryAt, status} from './connection.js';
import {html, render} from './html.js';
import {count, threadState} from './model.js';
import {begin, changed, model, notices, now, route, setTheme, theme} from './store.js';
import {Breakpoints} from './views/breakpoints.js';
import {Engines} from './views/engines.js';
import {Holds} from './views/holds.js';
import {Logpoints} from './views/logpoints.js';
import {Log} from './views/log.js';
import {ThreadDetail} from './views/thread.js';
import {Output} from './views/output.js';
import {Packets} from './views/packets.js';
import {Plots} from './views/plots.js';
import {Threads} from './views/threads.js';
import {Timeline} from './views/timeline.js';

const VIEWS = [
  {name: 'holds', title: 'Holds', view: Holds},
  {name: 'threads', title: 'Threads', view: Threads},
  {name: 'engines', title: 'Engines', view: Engines},
  {name: 'breakpoints', title: 'Breakpoints', view: Breakpoints},
  {name: 'logpoints', title: 'Logpoints', view: Logpoints},
  {name: 'timeline', title: 'Timeline', view: Timeline},
  {name: 'packets', title: 'Packets', view: Packets},
  {name: 'rates', title: 'Rates', view: Plots},
  {name: 'output', title: 'Output', view: Output},
  {name: 'log', title: 'Log', view: Log},
];

const KEYS = [['1 – 9, 0', 'a view'], ['/', 'the filter; Escape leaves it'], ['Tab, Enter', 'from button to button; press it'],
  ['↑ ↓ Page End', 'in a table or the timeline'], ['+ −', 'zoom the timeline'], ['t', 'colours'], ['?', 'this list']];

const THEMES = {auto: 'light', light: 'dark', dark: 'auto'};

function Connection() {
  const text = {connecting: 'Connecting …', open: 'Live', locked: 'Locked',
    closed: `Disconnected, next try in ${Math.max(0, Math.ceil((retryAt.value - Date.now()) / 1000))} s`}[status.value];
  return html`<span class="connection ${status.value}" role="status"><i aria-hidden="true"></i>${text}</span>`;
}

function Header() {
  const held = [...model.threads.values()].filter(thread => threadState(thread) !== 'running').length;
  return html`<header class="top">
    <a class="brand" href="#/">gdbhub</a>
    <nav aria-label="Views">${VIEWS.map(({name, title}, index) => html`<a href="#/${name}" title="Key ${(index + 1) % 10}"
      aria-current=${route.value.view === name ? 'page' : undefined}>${title}</a>`)}</nav>
    <span class="counts">${count(model.processes.size, 'process', 'processes')} · ${count(model.threads.size, 'thread')}
      ${held > 0 && html` · <b class="held">${held.toLocaleString('en')} held</b>`} · ${count(model.engines.size, 'client')}</span>
    ${hub.value?.role === 'observer' && html`<span class="chip" title="This dashboard was started with role=observer">read-only</span>`}
    <${Connection} />
    <button class="plain" onClick=${showHelp} title="Keys (key ?)" aria-label="Keys">?</button>
    <button class="plain" onClick=${() => setTheme(THEMES[theme.value])} title="Colours: ${theme.value} (key t)">◐ ${theme.value}</button>
  </header>`;
}

function Locked() {
  return html`<div class="empty"><h1>This page needs the hub's permission.</h1>
    <p>Open the URL that the hub printed when it started, or one that <code>gdbhub dashboard --connect ADDR</code> prints.</p>
    <p>A URL is good for one browser; one that was opened in another tab is seen here, too.</p></div>`;
}

function Help() {
  return html`<dialog id="help" aria-label="Keys"><h1>Keys</h1><dl>${KEYS.map(([key, what]) => html`<dt><kbd>${key}</kbd></dt><dd>${what}</dd>`)}</dl>
    <button onClick=${() => document.getElementById('help').close()}>Close</button></dialog>`;
}

function Page() {
  void changed.value;
  void now.value;
  const tid = route.value.view === 'thread' ? Number(route.value.arguments[0]) : 0;
  const view = VIEWS.find(({name}) => name === route.value.view);
  const loading = model.number === 0;
  return html`<${Header} />
    ${status.value === 'closed' && !loading && html`<p class="stale" role="alert">What you see is from before the connection was lost.</p>`}
    <main tabindex="0" class=${status.value === 'closed' ? 'old' : ''}>${status.value === 'locked' ? html`<${Locked} />`
      : loading ? html`<p class="empty">Loading …</p>` : tid ? html`<${ThreadDetail} tid=${tid} key=${tid} />` : view ? html`<${view.view} />` : html`<p class="empty">There is no such page.</p>`}</main>
    <${Help} />
    <div class="notices" role="log">${notices.value.map(notice => html`<p key=${notice.id} class=${notice.kind}>${notice.text}</p>`)}</div>`;
}

function showHelp() {
  document.getElementById('help').showModal();
}

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) {
    if (event.key === 'Escape') event.target.blur?.();
    return;
  }
  const view = /^\d$/.test(event.key) ? VIEWS[(Number(event.key) + 9) % 10] : null;
  if (document.getElementById('help').open) return;
  if (event.key === '?') showHelp();
  else if (view) location.hash = `#/${view.name}`;
  else if (event.key === 't') setTheme(THEMES[theme.value]);
  else if (event.key === '/') {
    document.getElementById('filter')?.focus();
    event.preventDefault();
  }
});

const root = document.getElementById('app');
root.replaceChildren();
effect(() => void (document.documentElement.dataset.theme = theme.value));
effect(() => render(Page(), root));
begin();
