// How much happens: stops, packets and step-overs a second, and how quickly the hub answers.
import uPlot from '../vendor/uPlot.mjs';
import {html, Component} from '../html.js';
import {status} from '../connection.js';
import {engineName, microseconds, timeOfDay} from '../model.js';
import {grownBy, quantile, Rates, Series} from '../rates.js';
import {changed, model, now, theme} from '../store.js';
import {placeText} from '../symbols.js';

const happened = new Rates(), said = new Rates(), stepped = new Rates(), hits = new Rates(), answers = new Series();
let answered = null;

const MOST_LINES = 10;

/** More lines than these would tell nobody anything. */
function busiest(counts) {
  return counts.sort((a, b) => b[2] - a[2]).slice(0, MOST_LINES);
}

setInterval(() => {
  if (model.number === 0 || status.value !== 'open') return;
  const time = now.peek() / 1000;
  const {counts} = model;
  happened.sample(time, [['stops', 'stops', counts.stops], ['signals', 'signals', counts.signals], ['events', 'all events', counts.events]]);
  said.sample(time, busiest([...model.engines].filter(([, engine]) => engine.kind === 'gdb').map(([id, engine]) => [id, engineName(model, Number(id)), engine.requests])));
  stepped.sample(time, [['all', 'all', counts.step_overs], ['in line', 'all threads stopped', counts.step_overs_in_line]]);
  hits.sample(time, busiest([...model.breakpoints].map(([key, site]) => [key, site, site.claims.reduce((sum, claim) => sum + claim.hits, 0)]))
    .map(([key, site, total]) => [key, placeText(site.pid, site.address), total]));
  const classes = answered ? grownBy(answered, counts.answers) : [];
  answers.push(time, [[0.5, 'half of them'], [0.99, '99 of 100'], [1, 'all']].map(([part, name]) => [part, name, quantile(classes, part)]));
  answered = counts.answers;
  changed.value += 1;
}, 1000);

/** Of a client, a second; undefined while it is not known. */
export function packetRate(id) {
  return said.latest(String(id));
}

const HEIGHT = 160;
const SMALLEST = 5;  // microseconds: half of the first class of answers

const powersOfTen = (plot, splits) => splits.map(value => Math.log10(value) % 1 === 0 ? value : null);

/** Linear from 0, or by powers of ten: these are classes, and there is nothing between two packets. */
const SCALES = {
  rate: {scale: {range: (plot, low, high) => [0, Math.max(5, high * 1.1)]}, axis: {}, grid: {}, points: {show: false}},
  time: {
    scale: {distr: 3, range: (plot, low, high) => [SMALLEST, Math.max(1000, high ?? 0) * 1.5]},
    axis: {filter: powersOfTen, values: (plot, splits) => splits.map(value => value === null ? null : microseconds(value))},
    grid: {filter: powersOfTen},
    points: {show: true, size: 5},
  },
};

const COLOURS = ['accent', 'held', 'stopping', 'running', 'waiting'];

class Plot extends Component {
  constructor() {
    super();
    this.keep = element => this.element = element;
  }
  componentDidMount() {
    this.observer = new ResizeObserver(() => this.plot?.setSize({width: this.element.clientWidth, height: HEIGHT}));
    this.observer.observe(this.element);
    this.componentDidUpdate();
  }
  componentWillUnmount() {
    this.observer.disconnect();
    this.plot?.destroy();
  }
  /** Made anew when the lines or the colours are others. */
  componentDidUpdate() {
    const {rates, unit = 'rate'} = this.props;
    const names = [...rates.series.keys()].map(key => rates.names.get(key));
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(`--${name}`).trim();
    const made = `${names} ${colour('ink')}`;
    const data = [rates.times, ...rates.series.values()];
    if (this.made === made) return this.plot.setData(data);
    this.made = made;
    this.plot?.destroy();
    const lines = {stroke: colour('line'), width: 1};
    const axis = {stroke: colour('dim'), grid: lines, ticks: lines};
    const {grid, axis: vertical, scale, points} = SCALES[unit];
    const clock = seconds => timeOfDay(seconds).slice(0, 8);
    this.plot = new uPlot({
      width: this.element.clientWidth, height: HEIGHT, cursor: {y: false}, legend: {live: true},
      // A minute at least: the first seconds are not drawn out over all the width.
      scales: {x: {range: (plot, low, high) => [Math.min(low, high - 60), high]}, y: scale},
      axes: [{...axis, space: 110, incrs: [1, 5, 10, 30, 60], values: (plot, splits) => splits.map(clock)}, {...axis, size: 60, grid: {...lines, ...grid}, ticks: {...lines, ...grid}, ...vertical}],
      series: [{label: 'time', value: (plot, value) => value === null ? '--' : clock(value)}, ...names.map((name, index) => ({label: name, stroke: colour(COLOURS[index % COLOURS.length]), dash: index < COLOURS.length ? undefined : [6, 4], width: 1.5, points,
        value: (plot, value) => value === null || value === undefined ? '--' : unit === 'time' ? `≤ ${microseconds(value)}` : Math.round(value).toLocaleString('en')}))],
    }, data, this.element);
  }
  render({title}) {
    return html`<section class="plot"><h2>${title}</h2><div ref=${this.keep}></div></section>`;
  }
}

export function Plots() {
  void theme.value;
  return html`<h1>Rates</h1><div class="plots">
    <${Plot} title="Stops and events a second" rates=${happened} />
    <${Plot} title="Packets a second, by client" rates=${said} />
    <${Plot} title="How long the hub takes to answer a packet" rates=${answers} unit="time" />
    <${Plot} title="Breakpoints stepped over a second" rates=${stepped} />
    <${Plot} title="Breakpoint hits a second, by place" rates=${hits} /></div>`;
}
