// What was when: the states of threads as intervals, for the timeline. No DOM, no network.
import {engineName, threadState} from './model.js';

export const MAX_INTERVALS = 200_000;

/** @returns an empty history. `lanes`: tid -> {pid, name, intervals: [{state, from, to}], ended}; `to` is null while it lasts. */
export function emptyHistory() {
  return {lanes: new Map(), begin: 0, end: 0, intervals: 0};
}

/** To be called after the model has been brought up to date. Times are milliseconds of the hub's clock. */
export function recordUpdate(history, method, update, model) {
  const time = update.time * 1000;
  if (method === 'snapshot') {
    for (const [tid, lane] of history.lanes) if (!model.threads.has(tid)) close(lane, time);
  }
  for (const [tid, thread] of Object.entries(update.set.threads ?? {})) change(history, tid, thread, time);
  for (const tid of update.gone?.threads ?? []) {
    const lane = history.lanes.get(tid);
    if (lane) close(lane, time);
  }
  history.begin ||= time;
  history.end = time;
  if (history.intervals > MAX_INTERVALS) forget(history);
}

function change(history, tid, thread, time) {
  let lane = history.lanes.get(tid);
  if (!lane || lane.pid !== thread.pid) history.lanes.set(tid, lane = {pid: thread.pid, name: thread.name, intervals: [], ended: false});
  lane.name = thread.name;
  lane.ended = false;
  const state = threadState(thread);
  const last = lane.intervals.at(-1);
  if (last && last.to === null && last.state === state) return;
  // Pictures are 50 ms apart; a hold knows its beginning better.
  const since = state === 'running' ? time : Math.min(time, ...thread.holds.map(hold => hold.since));
  const from = last ? Math.max(last.from, since) : since;
  if (last && last.to === null) last.to = from;
  lane.intervals.push({state, from, to: null, by: thread.holds.map(hold => hold.engine), why: thread.holds[0]?.reason ?? ''});
  history.intervals += 1;
}

function close(lane, time) {
  const last = lane.intervals.at(-1);
  if (last && last.to === null) last.to = time;
  lane.ended = true;
}

/** The older half of each lane goes. */
function forget(history) {
  history.intervals = 0;
  for (const [tid, lane] of history.lanes) {
    if (lane.ended && lane.intervals.length < 2) history.lanes.delete(tid);
    else lane.intervals.splice(0, lane.intervals.length >> 1);
    history.intervals += lane.intervals.length;
  }
}

/** The index of the first interval that ends after `time`. */
export function firstVisible(intervals, time) {
  let low = 0, high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle].to ?? Infinity) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The Trace Event Format of Chrome, which Perfetto and chrome://tracing open. Times are microseconds. */
export function chromeTrace(history, model) {
  const events = [];
  for (const [pid, process] of model.processes) events.push({ph: 'M', name: 'process_name', pid: Number(pid), args: {name: process.program}});
  for (const [tid, lane] of history.lanes) {
    events.push({ph: 'M', name: 'thread_name', pid: lane.pid, tid: Number(tid), args: {name: lane.name}});
    for (const {state, from, to, by, why} of lane.intervals) {
      events.push({ph: 'X', name: state, cat: 'state', pid: lane.pid, tid: Number(tid), ts: from * 1000, dur: ((to ?? history.end) - from) * 1000,
        args: by.length > 0 ? {holders: by.map(id => engineName(model, id)), why} : {}});
    }
  }
  for (const event of model.events) {
    events.push({ph: 'i', s: event.tid ? 't' : 'g', name: event.kind, cat: 'log', pid: event.pid, tid: event.tid, ts: Math.round(event.time * 1e6),
      args: {by: event.by, text: event.text, number: event.number}});
  }
  return {traceEvents: events, displayTimeUnit: 'ms', otherData: {source: 'gdbhub'}};
}
