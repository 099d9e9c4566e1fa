// How much happens: stops, packets and events a second.
import uPlot from '../vendor/uPlot.mjs';
import {html, Component} from '../html.js';
import {engineName, timeOfDay} from '../model.js';
import {changed, model, now, recorders, theme} from '../store.js';
import {placeText} from '../symbols.js';

const SECONDS = 300;

/** One sample a second: counts since the former one. */
class Rates {
  constructor() {
    this.times = [];
    this.series = new Map();
    this.totals = new Map();
  }
  /** `counts`: name -> a number that only grows. */
  sample(time, counts) {
    this.times.push(time);
    for (const [name, total] of counts) {
      if (!this.series.has(name)) this.series.set(name, new Array(this.times.length - 1).fill(null));
      const before = this.totals.get(name);
      this.series.get(name).push(before === undefined ? null : Math.max(0, total - before));
      this.totals.set(name, total);
    }
    for (const [name, values] of this.series) if (values.length < this.times.length) values.push(null);
    if (this.times.length <= SECONDS) return;
    this.times.shift();
    for (const [name, values] of this.series) {
      values.shift();
      if (values.every(value => value === null)) this.series.delete(name);
    }
  }
}

const happened = new Rates(), said = new Rates(), hits = new Rates();
const kinds = new Map([['stops', 0], ['signals', 0], ['all events', 0]]);

recorders.push((method, update) => {
  if (method !== 'delta') return;
  for (const event of update.events) {
    if (event.kind === 'stopped') kinds.set('stops', kinds.get('stops') + 1);
    if (event.kind === 'signal') kinds.set('signals', kinds.get('signals') + 1);
  }
  kinds.set('all events', kinds.get('all events') + update.events.length + (update.lost_events ?? 0));
});

setInterval(() => {
  if (model.number === 0) return;
  const time = now.peek() / 1000;
  happened.sample(time, kinds);
  said.sample(time, [...model.engines].filter(([, engine]) => engine.requests > 0).map(([id, engine]) => [engineName(model, Number(id)), engine.requests]));
  hits.sample(time, [...model.breakpoints].map(([, site]) => [placeText(site.pid, site.address), site.claims.reduce((sum, claim) => sum + claim.hits, 0)]));
  changed.value += 1;
}, 1000);

const COLOURS = ['accent', 'held', 'stopping', 'running', 'waiting'];

class Plot extends Component {
  constructor() {
    super();
    this.keep = element => this.element = element;
  }
  componentDidMount() {
    this.observer = new ResizeObserver(() => this.plot?.setSize({width: this.element.clientWidth, height: 190}));
    this.observer.observe(this.element);
    this.componentDidUpdate();
  }
  componentWillUnmount() {
    this.observer.disconnect();
    this.plot?.destroy();
  }
  /** Made anew when the lines or the colours are others. */
  componentDidUpdate() {
    const {rates} = this.props;
    const names = [...rates.series.keys()];
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const made = `${names} ${colour('ink')}`;
    const data = [rates.times, ...rates.series.values()];
    if (this.made === made) return this.plot.setData(data);
    this.made = made;
    this.plot?.destroy();
    const axis = {stroke: colour('dim'), grid: {stroke: colour('line'), width: 1}, ticks: {stroke: colour('line'), width: 1}};
    const clock = seconds => timeOfDay(seconds).slice(0, 8);
    this.plot = new uPlot({
      width: this.element.clientWidth, height: 190, cursor: {y: false}, legend: {live: true},
      // A minute at least: the first seconds are not drawn out over all the width.
      scales: {x: {range: (plot, low, high) => [Math.min(low, high - 60), high]}, y: {range: (plot, low, high) => [0, Math.max(5, high * 1.1)]}},
      axes: [{...axis, space: 110, incrs: [1, 5, 10, 30, 60], values: (plot, splits) => splits.map(clock)}, {...axis, size: 60}],
      series: [{label: 'time', value: (plot, value) => value === null ? '--' : clock(value)}, ...names.map((name, index) => ({label: name, stroke: colour(COLOURS[index % COLOURS.length]), width: 1.5, points: {show: false}}))],
    }, data, this.element);
  }
  render({title}) {
    return html`<section class="plot"><h2>${title}</h2><div ref=${this.keep}></div></section>`;
  }
}

export function Plots() {
  void theme.value;
  return html`<h1>Rates</h1>
    <${Plot} title="Events a second" rates=${happened} />
    <${Plot} title="Packets a second, by client" rates=${said} />
    <${Plot} title="Breakpoint hits a second" rates=${hits} />`;
}
