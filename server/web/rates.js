// What happens a second, sampled once a second for some minutes. No DOM, no network.

export const SECONDS = 300;

/** Named series over the same times. A value that is not known is null. */
export class Series {
  constructor() {
    this.times = [];
    this.series = new Map();
  }
  /** `values`: [name, value] of this moment. */
  push(time, values) {
    this.times.push(time);
    for (const [name, value] of values) {
      if (!this.series.has(name)) this.series.set(name, new Array(this.times.length - 1).fill(null));
      const list = this.series.get(name);
      if (list.length < this.times.length) list.push(value);
      else if (value !== null) list[list.length - 1] += value;  // two of one name
    }
    for (const list of this.series.values()) if (list.length < this.times.length) list.push(null);
    if (this.times.length <= SECONDS) return;
    this.times.shift();
    for (const [name, list] of this.series) {
      list.shift();
      if (list.every(value => value === null)) this.series.delete(name);
    }
  }
  /** The newest value, or undefined. */
  latest(name) {
    return this.series.get(name)?.at(-1) ?? undefined;
  }
}

/** Counts that only grow, as what they have grown by a second. */
export class Rates extends Series {
  constructor() {
    super();
    this.totals = new Map();
    this.before = 0;
  }
  /** `counts`: [key, name, total]. */
  sample(time, counts) {
    const seconds = time - this.before;
    const values = [];
    const totals = new Map();
    for (const [key, name, total] of counts) {
      const last = this.totals.get(key);
      values.push([name, last === undefined || last > total || seconds <= 0 ? null : (total - last) / seconds]);
      totals.set(key, total);
    }
    this.totals = totals;
    this.before = time;
    this.push(time, values);
  }
}

/** Differences of two {class: count}, whose classes are named after their upper bounds, as [[bound, count]] from the smallest; 'more' is Infinity. */
export function grownBy(before, after) {
  return Object.entries(after).map(([name, count]) => [name === 'more' ? Infinity : Number(name), count - (before[name] ?? 0)])
    .filter(([, count]) => count > 0).sort((a, b) => a[0] - b[0]);
}

/** The bound that the given part of all does not exceed; null of nothing. The largest bound is taken for those that are above all. */
export function quantile(classes, part) {
  const total = classes.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bound, count] of classes) {
    seen += count;
    if (seen >= part * total) return Number.isFinite(bound) ? bound : 5_000_000;
  }
  return null;
}
