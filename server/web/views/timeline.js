// When did which thread run, and who stopped it? A lane for each thread and each engine.
import {signal} from '../vendor/signals-core.mjs';
import {html, Component} from '../html.js';
import {chromeTrace, emptyHistory, firstVisible, recordUpdate} from '../history.js';
import {engineName, STATE_TEXT, timeOfDay} from '../model.js';
import {model, now, recorders, route} from '../store.js';
import {Empty, Filter, matches} from '../widgets.js';

const history = emptyHistory();
recorders.push((method, update) => recordUpdate(history, method, update, model));

const GUTTER = 190, AXIS = 24, LANE = 22;
/** What is seen: the last `span` milliseconds before `end`; null: of now. */
const view = signal({span: 30_000, end: null});

function end() {
  return view.value.end ?? now.value;
}

function zoom(factor, at = 1) {
  const span = Math.min(Math.max(view.value.span * factor, 2), 24 * 3600_000);
  const fixed = end() - view.value.span * (1 - at);
  view.value = {span, end: view.value.end === null ? null : fixed + span * (1 - at)};
}

function pan(milliseconds) {
  const to = end() + milliseconds;
  view.value = {...view.value, end: to >= now.value ? null : to};
}

function save() {
  const url = URL.createObjectURL(new Blob([JSON.stringify(chromeTrace(history, model))], {type: 'application/json'}));
  const link = Object.assign(document.createElement('a'), {href: url, download: 'gdbhub-trace.json'});
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** [{title, intervals} or {title, events}]. */
function lanes() {
  const filter = route.value.filter;
  const list = [];
  const marks = new Map([...model.engines.keys()].map(id => [Number(id), []]));
  const begin = (end() - view.value.span) / 1000;
  for (let index = model.events.length - 1; index >= 0 && model.events[index].time >= begin; --index) marks.get(model.events[index].engine)?.push(model.events[index]);
  for (const [id, engine] of model.engines) list.push({title: engineName(model, Number(id)), detail: engine.peer, events: marks.get(Number(id))});
  for (const [tid, lane] of history.lanes) {
    const last = lane.intervals.at(-1);
    if (lane.ended && (last?.to ?? 0) < end() - view.value.span) continue;
    list.push({title: tid, detail: lane.name, lane});
  }
  return filter ? list.filter(({title, detail}) => matches(`${title} ${detail}`, filter)) : list;
}

/** Round steps for the axis: 1, 2 or 5 times a power of ten milliseconds. */
function step(span) {
  const rough = span / 8, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map(times => times * power).find(value => value >= rough);
}

class Lanes extends Component {
  constructor() {
    super();
    this.keep = element => this.canvas = element;
    this.keepBox = element => this.box = element;
    this.wheel = event => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan((event.deltaX || event.deltaY) / this.width() * view.value.span);
      else if (event.ctrlKey) zoom(event.deltaY > 0 ? 1.25 : 0.8, Math.max(0, (event.offsetX - GUTTER) / this.width()));
      else return;
      event.preventDefault();
    };
    this.drag = event => {
      if (event.buttons === 1) pan(-event.movementX / this.width() * view.value.span);
      this.hover(event);
    };
    this.key = event => {
      const move = view.value.span / 10;
      const action = {'+': () => zoom(0.7), '-': () => zoom(1.4), ArrowLeft: () => pan(-move), ArrowRight: () => pan(move)}[event.key];
      if (!action) return;
      action();
      event.preventDefault();
    };
  }
  width() {
    return Math.max(50, this.canvas.clientWidth - GUTTER - 8);
  }
  componentDidMount() {
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.box);
    this.box.addEventListener('wheel', this.wheel, {passive: false});
    this.box.addEventListener('scroll', () => this.draw());
    this.draw();
  }
  componentDidUpdate() {
    this.draw();
  }
  componentWillUnmount() {
    this.observer.disconnect();
  }
  hover(event) {
    const {lanes: list} = this.props;
    const lane = list[Math.floor((event.offsetY - AXIS + this.box.scrollTop) / LANE)];
    const time = end() - view.value.span * (1 - (event.offsetX - GUTTER) / this.width());
    const interval = lane?.lane?.intervals[firstVisible(lane.lane.intervals, time)];
    const near = lane?.events?.find(entry => Math.abs(entry.time * 1000 - time) < view.value.span / this.width() * 4);
    const what = interval && interval.from <= time ? `${STATE_TEXT[interval.state]}${interval.by.length > 0 ? ` by ${interval.by.map(id => engineName(model, id)).join(', ')}: ${interval.why}` : ''}`
      : near ? `${near.kind} ${near.text}` : '';
    this.canvas.title = lane && event.offsetX > GUTTER ? `${timeOfDay(time / 1000)}  ${what}` : '';
  }
  draw() {
    const {canvas, box, props: {lanes: list}} = this;
    const ratio = devicePixelRatio, width = box.clientWidth, height = box.clientHeight;
    if (width === 0) return;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const draw = canvas.getContext('2d');
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const colours = {running: colour('running'), held: colour('held'), waiting: colour('waiting'), stopping: colour('stopping'), stuck: colour('stopping')};
    draw.scale(ratio, ratio);
    draw.font = `12px ${style.getPropertyValue('font-family') || 'sans-serif'}`;
    draw.textBaseline = 'middle';
    const to = end(), from = to - view.value.span, scale = this.width() / view.value.span;
    const x = time => GUTTER + (Math.min(Math.max(time, from), to) - from) * scale;
    // The grid, and under it the lanes that can be seen.
    const every = step(view.value.span);
    for (let time = Math.ceil(from / every) * every; time <= to; time += every) {
      draw.fillStyle = colour('line');
      draw.fillRect(x(time), AXIS, 1, height);
      draw.fillStyle = colour('dim');
      const label = timeOfDay(time / 1000).slice(0, every >= 1000 ? 8 : 12);
      if (x(time) + 3 + draw.measureText(label).width < width) draw.fillText(label, x(time) + 3, AXIS / 2);
    }
    const first = Math.floor(box.scrollTop / LANE);
    draw.save();
    draw.beginPath();
    draw.rect(0, AXIS, width, height);
    draw.clip();
    for (let index = first; index < Math.min(list.length, first + height / LANE + 1); ++index) {
      const {title, detail, lane, events} = list[index];
      const y = AXIS + index * LANE - box.scrollTop;
      draw.fillStyle = colour('line');
      draw.fillRect(0, y + LANE - 1, width, 1);
      draw.fillStyle = colour('ink');
      draw.fillText(title, 8, y + LANE / 2);
      draw.fillStyle = colour('dim');
      draw.fillText(detail, 16 + draw.measureText(title).width, y + LANE / 2, GUTTER - 24 - draw.measureText(title).width);
      if (lane) {
        for (let at = firstVisible(lane.intervals, from); at < lane.intervals.length && lane.intervals[at].from < to; ++at) {
          const {state, from: begin, to: until} = lane.intervals[at];
          const slim = state === 'running' ? 8 : 2;
          draw.fillStyle = colours[state];
          draw.fillRect(x(begin), y + 2 + slim / 2, Math.max(1, x(until ?? to) - x(begin)), LANE - 5 - slim);
        }
      } else {
        draw.fillStyle = colour('accent');
        for (const event of events) draw.fillRect(x(event.time * 1000), y + 4, 2, LANE - 9);
      }
    }
    draw.restore();
    draw.fillStyle = colour('line');
    draw.fillRect(0, AXIS - 1, width, 1);
    draw.fillRect(GUTTER - 1, 0, 1, height);
  }
  render({lanes: list}) {
    return html`<div class="lanes" ref=${this.keepBox} tabindex="0" role="img" onKeyDown=${this.key} onMouseMove=${this.drag}
        aria-label="Timeline of ${list.length} threads and clients; arrow keys move, + and - zoom">
      <div style="height:${list.length * LANE + AXIS}px"><canvas ref=${this.keep}></canvas></div></div>`;
  }
}

export function Timeline() {
  void view.value;
  const list = lanes();
  const paused = view.value.end !== null;
  return html`<div class="bar"><h1>Timeline</h1>
      <button aria-pressed=${paused} onClick=${() => view.value = {...view.value, end: paused ? null : now.value}}>${paused ? 'Paused' : 'Pause'}</button>
      <button onClick=${() => zoom(0.5)} aria-label="Zoom in">+</button><button onClick=${() => zoom(2)} aria-label="Zoom out">−</button>
      <span class="dim">${view.value.span >= 1000 ? `${Math.round(view.value.span / 1000)} s` : `${view.value.span.toPrecision(2)} ms`}; drag, Ctrl-wheel, arrow keys</span>
      <span class="legend">${['running', 'held', 'waiting', 'stopping'].map(state => html`<span class="state ${state}"><i></i>${STATE_TEXT[state]}</span>`)}</span>
      <button onClick=${save} title="Opens in Perfetto and chrome://tracing">Export trace</button><${Filter} label="Filter lanes" /></div>
    ${list.length === 0 ? html`<${Empty}>Nothing to show yet.<//>` : html`<${Lanes} lanes=${list} />`}`;
}
