// What several views are made of.
import {html, Component} from './html.js';
import {engineName, STATE_TEXT} from './model.js';
import {model, route, setFilter} from './store.js';
import {functionText, spotAt} from './symbols.js';

export function State({state}) {
  return html`<span class="state ${state}"><i aria-hidden="true"></i>${STATE_TEXT[state]}</span>`;
}

export function Engine({id}) {
  const engine = model.engines.get(String(id));
  if (id === 0) return html`<span class="chip hub" title="Waits for its first client">the hub</span>`;
  return html`<a class="chip ${engine?.kind ?? 'gone'}" href="#/engines/${id}" title=${engine?.peer ?? 'no longer there'}>${engineName(model, id)}</a>`;
}

export function Thread({tid, thread}) {
  return html`<a class="mono" href="#/thread/${tid}">${tid}</a> <span class="dim">${thread?.name ?? ''}</span>`;
}

/** Where in the program; the address is the tooltip. */
export function Place({pid, address}) {
  const spot = spotAt(pid, address);
  return html`<span title="${address} ${spot.file ? `${spot.file}:${spot.line}` : spot.module ?? ''}">${functionText(spot) || address}</span>`;
}

export function Empty({children}) {
  return html`<p class="empty">${children}</p>`;
}

export function Filter({label}) {
  return html`<input type="search" id="filter" class="filter" placeholder="Filter  ( / )" aria-label=${label}
    value=${route.value.filter} onInput=${event => setFilter(event.target.value)} />`;
}

/** Every word of the filter is somewhere in the text. */
export function matches(text, filter) {
  const low = text.toLowerCase();
  return filter.toLowerCase().split(/\s+/).every(word => low.includes(word));
}

const ROW = 28, AROUND = 12;

/**
 * A table that draws only the rows that can be seen. `columns`: [{title, width, className}]; `row(index)`: cells, and `key(index)`.
 * `stick`: stays at the end while new rows come, unless the reader has scrolled away from it.
 */
export class LongTable extends Component {
  constructor() {
    super();
    this.state = {top: 0, height: 600};
    this.onScroll = event => {
      const {scrollTop, clientHeight, scrollHeight} = event.currentTarget;
      // Rows may have come since the page itself scrolled to the end: only going up is the reader's doing.
      if (scrollTop + clientHeight >= scrollHeight - ROW) this.atEnd = true;
      else if (scrollTop < this.end) this.atEnd = false;
      this.setState({top: scrollTop, height: clientHeight});
    };
    this.atEnd = true;
    this.end = 0;
    this.keep = element => this.element = element;
  }
  componentDidMount() {
    this.observer = new ResizeObserver(() => this.setState({height: this.element.clientHeight}));
    this.observer.observe(this.element);
    this.componentDidUpdate();
  }
  componentWillUnmount() {
    this.observer.disconnect();
  }
  componentDidUpdate() {
    if (!this.props.stick || !this.atEnd) return;
    this.element.scrollTop = this.element.scrollHeight;
    this.end = this.element.scrollTop;
  }
  render({columns, length, row, label, stick}, {top: scrolled, height}) {
    // At the end it is drawn for where it is about to be, not for where the last event of scrolling has seen it.
    const top = stick && this.atEnd ? Math.max(0, (length + 1) * ROW - height) : scrolled;
    const first = Math.max(0, Math.floor(top / ROW) - AROUND);
    const last = Math.min(length, Math.ceil((top + height) / ROW) + AROUND);
    const rows = [];
    for (let index = first; index < last; ++index) {
      const {key, cells, className} = row(index);
      rows.push(html`<div role="row" class="row ${className ?? ''}" aria-rowindex=${index + 2} key=${key}>
        ${cells.map((cell, column) => html`<div role="cell" class=${columns[column].className ?? ''}>${cell}</div>`)}</div>`);
    }
    const widths = `--columns: ${columns.map(column => column.width).join(' ')}`;
    return html`<div class="long-table" role="table" tabindex="0" aria-label=${label} aria-rowcount=${length + 1} onScroll=${this.onScroll} ref=${this.keep} style=${widths}>
      <div role="rowgroup" class="head"><div role="row" class="row" aria-rowindex="1">
        ${columns.map(column => html`<div role="columnheader" class=${column.className ?? ''}>${column.title}</div>`)}</div></div>
      <div role="rowgroup" style="height:${length * ROW}px; padding-top:${first * ROW}px">${rows}</div>
    </div>`;
  }
}
