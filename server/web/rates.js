// What happens a second, sampled once a second for some minutes. No DOM, no network.

export const SECONDS = 300;

/** Series over the same times, by key; names may become known later. A value that is not known is null. */
export class Series {
  constructor() {
    this.times = [];
    this.series = new Map();
    this.names = new Map();
  }
  /** `values`: [key, name, value] of this moment. */
  push(time, values) {
    this.times.push(time);
    for (const [key, name, value] of values) {
      if (!this.series.has(key)) this.series.set(key, new Array(this.times.length - 1).fill(null));
      this.series.get(key).push(value);
      this.names.set(key, name);
    }
    for (const list of this.series.values()) if (list.length < this.times.length) list.push(null);
    if (this.times.length <= SECONDS) return;
    this.times.shift();
    for (const [key, list] of this.series) {
      list.shift();
      if (list.some(value => value !== null)) continue;
      this.series.delete(key);
      this.names.delete(key);
    }
  }
  /** The newest value, or undefined. */
  latest(key) {
    return this.series.get(key)?.at(-1) ?? undefined;
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
      values.push([key, name, last === undefined || last > total || seconds <= 0 ? null : (total - last) / seconds]);
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
