// The page's state and history, without a browser.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {chromeTrace, emptyHistory, firstVisible, recordUpdate} from '../../server/web/history.js';
import {applyDelta, applySnapshot, duration, emptyModel, engineName, holders, threadsByUrgency, threadState} from '../../server/web/model.js';
import {grownBy, quantile, Rates, SECONDS} from '../../server/web/rates.js';

const hold = (engine, rest = {}) => ({engine, reason: 'at a breakpoint', since: 1000, weak: false, in_force: true, uninterruptible: false, ...rest});
const thread = (holds = [], waits = []) => ({pid: 1, name: 't', holds, waits});
const event = number => ({number, time: 1, pid: 1, tid: 1, engine: 0, by: '', kind: 'signal', text: ''});

function model(threads) {
  const it = emptyModel();
  applySnapshot(it, {number: 5, time: 1, set: {threads}, events: []});
  return it;
}

test('a delta sets and removes rows', () => {
  const it = model({1: thread(), 2: thread()});
  assert.equal(applyDelta(it, {number: 6, time: 2, set: {threads: {3: thread([hold(7)])}}, gone: {threads: ['1']}, events: [event(1)]}), true);
  assert.deepEqual([...it.threads.keys()], ['2', '3']);
  assert.equal(it.number, 6);
  assert.equal(it.events.length, 1);
});

test('a missing delta is noticed, and nothing is changed', () => {
  const it = model({1: thread()});
  assert.equal(applyDelta(it, {number: 7, time: 2, set: {}, gone: {threads: ['1']}, events: []}), false);
  assert.equal(it.threads.size, 1);
});

test('a snapshot does not repeat events that are known', () => {
  const it = emptyModel();
  applySnapshot(it, {number: 1, time: 1, set: {}, events: [event(1), event(2)]});
  applySnapshot(it, {number: 9, time: 2, set: {}, events: [event(2), event(3)]});
  assert.deepEqual(it.events.map(({number}) => number), [1, 2, 3]);
});

test('a thread\'s state is what a reader needs to know first', () => {
  assert.equal(threadState(thread()), 'running');
  assert.equal(threadState(thread([hold(2)])), 'held');
  assert.equal(threadState(thread([hold(2)], [{engine: 3, since: 0}])), 'waiting');
  assert.equal(threadState(thread([hold(2, {in_force: false})])), 'stopping');
  assert.equal(threadState(thread([hold(2, {in_force: false, uninterruptible: true})])), 'stuck');
});

test('threads that somebody waits for come first, and their holder', () => {
  const it = model({1: thread(), 2: thread([hold(2)]), 3: thread([hold(4)], [{engine: 5, since: 0}])});
  assert.deepEqual(threadsByUrgency(it).map(([tid]) => tid), [3, 2, 1]);
  assert.deepEqual(holders(it).map(({engine}) => engine), [4, 2]);
});

test('among threads in one state those that are held for something of their own come first', () => {
  const it = model({1: thread([hold(2, {reason: 'all threads stopped with another one'})]), 2: thread([hold(2)]), 3: thread()});
  assert.deepEqual(threadsByUrgency(it).map(([tid]) => tid), [2, 1, 3]);
});

test('a client that has left is still called by its kind', () => {
  const it = model({});
  const connected = {...event(1), engine: 7, by: 'client #7', kind: 'connected', text: 'gdb#7 (127.0.0.1:40312)'};
  applyDelta(it, {number: 6, time: 2, set: {}, events: [connected, {...event(2), engine: 7, by: 'client #7', kind: 'stopped'}]});
  assert.equal(engineName(it, 7), 'gdb#7');
});

test('durations are for people', () => {
  assert.deepEqual([-5, 4999, 192_000, 7_500_000].map(duration), ['0 s', '4 s', '3 min 12 s', '2 h 5 min']);
});

test('the history has an interval for each state, from when a hold began', () => {
  const it = model({1: thread()}), history = emptyHistory();
  const step = (time, row) => {
    it.threads.set('1', row);
    recordUpdate(history, 'delta', {time, set: {threads: {1: row}}}, it);
  };
  step(1, thread());
  step(2, thread([hold(2, {since: 1990})]));
  step(3, thread([hold(2, {since: 1990})]));
  step(4, thread());
  const {intervals} = history.lanes.get('1');
  assert.deepEqual(intervals.map(({state, from, to}) => [state, from, to]), [['running', 1000, 1990], ['held', 1990, 4000], ['running', 4000, null]]);
  assert.equal(firstVisible(intervals, 2500), 1);
  assert.equal(firstVisible(intervals, 1e9), 2);
});

test('the trace is Chrome\'s format', () => {
  const it = model({1: thread()}), history = emptyHistory();
  recordUpdate(history, 'delta', {time: 1, set: {threads: {1: thread([hold(2)])}}}, it);
  recordUpdate(history, 'delta', {time: 3, set: {}, gone: {threads: ['1']}}, it);
  it.events.push(event(1));
  const {traceEvents} = JSON.parse(JSON.stringify(chromeTrace(history, it)));
  const held = traceEvents.find(({ph}) => ph === 'X');
  assert.deepEqual([held.name, held.ts, held.dur, held.tid], ['held', 1e6, 2e6, 1]);
  assert.equal(traceEvents.filter(({ph}) => ph === 'i').length, 1);
});

test('rates are what counts have grown by a second', () => {
  const rates = new Rates();
  rates.sample(10, [['a', 'gdb#2', 100]]);
  rates.sample(12, [['a', 'gdb#2', 160], ['b', 'gdb#3', 5]]);
  rates.sample(13, [['b', 'gdb#3', 6]]);
  rates.sample(14, [['a', 'gdb#2', 10], ['b', 'gdb#3', 6]]);  // another one of that name
  assert.deepEqual(rates.times, [10, 12, 13, 14]);
  assert.deepEqual(rates.series.get('a'), [null, 30, null, null]);
  assert.deepEqual(rates.series.get('b'), [null, null, 1, 0]);
  assert.equal(rates.latest('b'), 0);
  assert.equal(rates.names.get('b'), 'gdb#3');
  for (let time = 15; time < 15 + SECONDS; ++time) rates.sample(time, [['b', 'gdb#3', 6]]);
  assert.equal(rates.times.length, SECONDS);
  assert.deepEqual([...rates.series.keys()], ['b'], 'who is long gone has no line');
});

test('latencies are the classes that half of the answers, 99 of 100 and all are in', () => {
  const classes = grownBy({10: 5, 100: 1}, {10: 5, 25: 97, 100: 3, more: 1});
  assert.deepEqual(classes, [[25, 97], [100, 2], [Infinity, 1]]);
  assert.equal(quantile(classes, 0.5), 25);
  assert.equal(quantile(classes, 0.99), 100);
  assert.equal(quantile(classes, 1), 5_000_000);
  assert.equal(quantile([], 0.5), null);
});
