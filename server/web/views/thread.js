// One thread: who holds it, its callers, source and code of each, registers with what has changed, memory, mappings.
import {signal} from '../vendor/signals-core.mjs';
import {request} from '../connection.js';
import {html} from '../html.js';
import {baseName, duration, threadState} from '../model.js';
import {model, now, route} from '../store.js';
import {functionText, placeText, sourceText, spotAt} from '../symbols.js';
import {Empty, Engine, State} from '../widgets.js';
import {ThreadActions} from './threads.js';

/** What has been fetched of the thread that is shown: {tid, stop, registers, former, mappings, frames, error}. */
const detail = signal({tid: 0});
/** What has been fetched of the place that is shown, the pc's or a caller's: {key, lines, source, error}. */
const place = signal({key: ''});
const memory = signal({address: '', bytes: '', error: ''});

/** The thread stands where it stood when this text is the same. */
function stopOf(tid, thread) {
  return `${tid} ${thread.pc ?? 'runs'} ${thread.holds.map(hold => hold.since).join()}`;
}

async function fetchDetail(tid, thread, sample = false) {
  const stop = stopOf(tid, thread);
  const former = detail.value.tid === tid ? detail.value.registers : undefined;
  detail.value = {...(detail.value.tid === tid ? detail.value : {}), tid, stop, error: ''};
  try {
    const {registers} = await request('registers', {tid, sample});
    const pc = registers.find(register => register.name === 'rip').value;
    const stack = registers.find(register => register.name === 'rsp').value;
    const {mappings} = await request('mappings', {pid: thread.pid});
    if (detail.value.stop !== stop) return;
    detail.value = {tid, stop, registers, former, mappings, pc: hex(BigInt(pc)), sampled: sample, error: '', frames: detail.value.frames};
    if (!memory.value.address) fetchMemory(thread.pid, stack);
    fetchFrames();
  } catch (error) {
    if (detail.value.stop === stop) detail.value = {...detail.value, error: error.message};
  }
}

function hex(address) {
  return `0x${address.toString(16)}`;
}

/** So much of a function is shown from its beginning on; in a longer one code begins at the place itself. */
const BEFORE = 320n, AFTER = 160n, ABOVE = 10;

/** The code and the source around an address. `offset`: within its function, where that is known; `called`: it is a return address. */
async function fetchPlace(key, pid, address, offset, called) {
  place.value = {...place.value, key};
  const at = BigInt(address);
  const begin = offset !== undefined && BigInt(offset) <= BEFORE ? at - BigInt(offset) : at;
  const code = from => request('code', {pid, address: hex(from), size: Number(at - from + AFTER)}).catch(() => ({lines: []}));
  let {lines} = await code(begin);
  // Data among the code may have been taken for instructions, over the place.
  if (!lines.some(line => line.address === address)) ({lines} = await code(at));
  if (place.value.key !== key) return;
  place.value = {...place.value, address, lines};
  fetchSource(key, pid, hex(called ? at - 1n : at));
}

let wantedSource = null;

/** As with callers: one question at a time. */
async function fetchSource(key, pid, address) {
  const looks = wantedSource !== null;
  wantedSource = {key, pid, address};
  while (!looks && wantedSource) {
    const {key: asked, ...where} = wantedSource;
    const source = await request('source', {...where, around: 8}).catch(error => ({error: error.message}));
    if (place.value.key === asked) place.value = {...place.value, source};
    if (wantedSource.key === asked) wantedSource = null;
  }
}

let looksForCallers = false;

/** Finding names may take seconds: one question at a time, however quickly the thread goes on; the rest is shown meanwhile. */
async function fetchFrames() {
  if (looksForCallers) return;
  looksForCallers = true;
  const {tid, stop, sampled} = detail.value;
  const {frames} = await request('backtrace', {tid, sample: sampled}).catch(() => ({frames: []}));
  looksForCallers = false;
  if (detail.value.stop === stop) detail.value = {...detail.value, frames};
  else if (detail.value.registers) fetchFrames();
}

async function fetchMemory(pid, address) {
  try {
    memory.value = {...await request('memory', {pid, address, size: 256}), pid, error: ''};
  } catch (error) {
    memory.value = {address, bytes: '', error: error.message};
  }
}

function siteAt(pid, address) {
  return model.breakpoints.get(`${pid}:${address}`);
}

function Registers({registers, former}) {
  const before = new Map((former ?? []).map(register => [register.name, register.value]));
  const general = registers.filter(register => register.group === 'general' || register.bits <= 64 && !/^(st|f)/.test(register.name));
  const short = value => value?.replace(/^0x0*(?=.)/, '0x') ?? 'not available';
  return html`<dl class="registers mono">${general.map(({name, value}) => {
    const changed = before.has(name) && before.get(name) !== value;
    return html`<div class=${changed ? 'changed' : ''} title=${changed ? `was ${short(before.get(name))}` : ''}><dt>${name}</dt><dd>${short(value)}</dd></div>`;
  })}</dl>`;
}

function Backtrace({tid, frames, chosen}) {
  if (!frames) return html`<p class="dim">Looking for its callers …</p>`;
  if (frames.length === 0) return html`<p class="dim">Its callers cannot be found.</p>`;
  return html`<table class="code mono" aria-label="Backtrace"><tbody>${frames.map((frame, index) => html`<tr class=${index === chosen ? 'here' : ''}>
    <td class="dim number">${index}</td><td title=${frame.address}><a href="#/thread/${tid}/${index}" aria-current=${index === chosen ? 'true' : undefined}>${functionText(frame) || frame.address}</a></td>
    <td class="dim" title=${frame.file}>${sourceText(frame)}</td><td class="dim rest" title=${frame.module}>${baseName(frame.module ?? '')}</td></tr>`)}</tbody></table>`;
}

function Source({source}) {
  if (!source) return null;
  if (source.error) return html`<p class="dim">No source: ${source.error}.</p>`;
  return html`${source.newer && html`<p class="dim">The file is newer than the program: these may not be its lines.</p>`}
    <table class="code mono" aria-label="Source"><tbody>${source.lines.map((text, index) => html`<tr class=${source.first + index === source.line ? 'here' : ''}>
      <td class="dim number">${source.first + index}</td><td class="rest">${text}</td></tr>`)}</tbody></table>`;
}

function Code({pid, address, lines}) {
  if (lines.length === 0) return html`<${Empty}>The code cannot be read.<//>`;
  const at = lines.findIndex(line => line.address === address);
  const first = Math.max(0, at - ABOVE);
  return html`<table class="code mono" aria-label="Code"><tbody>${lines.slice(first, first + 26).map((line, index) => {
    const site = siteAt(pid, line.address), here = first + index === at;
    return html`<tr class=${here ? 'here' : ''}><td class="mark" title=${site ? 'A breakpoint' : ''}>${site ? '●' : ''}${here ? '▶' : ''}</td>
      <td class="dim">${line.address}</td><td class="dim bytes">${line.bytes.replace(/../g, '$& ')}</td><td>${line.text}</td></tr>`;
  })}</tbody></table>`;
}

function Memory({pid}) {
  const {address, bytes, error} = memory.value;
  const show = event => {
    event.preventDefault();
    fetchMemory(pid, new FormData(event.target).get('address'));
  };
  const rows = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const part = bytes.slice(at, at + 32).match(/../g);
    const text = part.map(byte => parseInt(byte, 16)).map(code => code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·').join('');
    rows.push(html`<tr><td class="dim">0x${(BigInt(address) + BigInt(at / 2)).toString(16)}</td><td>${part.slice(0, 8).join(' ')}  ${part.slice(8).join(' ')}</td><td class="dim">${text}</td></tr>`);
  }
  return html`<form class="bar" onSubmit=${show}><h2>Memory</h2><input name="address" class="mono" aria-label="Address" value=${address} required pattern="(0x)?[0-9a-fA-F]+" /><button>Show</button>
      <span class="dim">without traps (A4)</span></form>
    ${error ? html`<p class="dim">${error}</p>` : html`<table class="code mono" aria-label="Memory"><tbody>${rows}</tbody></table>`}`;
}

function Mappings({mappings}) {
  return html`<details open><summary><h2>Mappings</h2></summary><table class="code mono" aria-label="Mappings"><tbody>${mappings.map(mapping =>
    html`<tr><td>${mapping.begin}</td><td>${mapping.end}</td><td>${mapping.access}</td><td class="dim rest" title=${mapping.path}>${mapping.path}</td></tr>`)}</tbody></table></details>`;
}

export function ThreadDetail({tid}) {
  const thread = model.threads.get(String(tid));
  if (!thread) return html`<h1>Thread ${tid}</h1><${Empty}>It is no longer there.<//>`;
  const shown = detail.value;
  if (shown.tid !== tid) {
    memory.value = {address: '', bytes: '', error: ''};
    queueMicrotask(() => fetchDetail(tid, thread));
  } else if (thread.pc && shown.stop !== stopOf(tid, thread)) {
    queueMicrotask(() => fetchDetail(tid, thread));
  }
  const old = !thread.pc && shown.registers;
  const chosen = shown.tid === tid && shown.frames?.[Number(route.value.arguments[1] ?? 0)] ? Number(route.value.arguments[1] ?? 0) : 0;
  const address = chosen > 0 ? shown.frames[chosen].address : shown.pc;
  const spot = chosen > 0 ? shown.frames[chosen] : address ? spotAt(thread.pid, address) : {};
  const key = `${shown.stop} ${address} ${spot.offset}`;
  if (shown.tid === tid && address && place.value.key !== key) queueMicrotask(() => place.value.key !== key && fetchPlace(key, thread.pid, address, spot.offset, chosen > 0));
  const {lines, source} = place.value;
  return html`<div class="bar"><h1>Thread <span class="mono">${tid}</span> ${thread.name}</h1><${State} state=${threadState(thread)} />
      <span class="dim">of ${baseName(model.processes.get(String(thread.pid))?.program ?? '')} ${thread.pid}</span>
      <${ThreadActions} pid=${thread.pid} tid=${tid} />
      ${!thread.pc && html`<button onClick=${() => fetchDetail(tid, thread, true)} title="Stops it for some microseconds">Sample now</button>`}</div>
    ${thread.holds.length > 0 && html`<ul>${thread.holds.map(hold => html`<li>Held by <${Engine} id=${hold.engine} /> for ${duration(now.value - hold.since)}: ${hold.reason}</li>`)}</ul>`}
    ${shown.error && html`<p class="dim">${shown.error}${thread.pc ? '' : '; its registers can be had while it is stopped, or as a sample.'}</p>`}
    ${old && html`<p class="dim">${shown.sampled ? 'A sample of the moment; it runs on.' : 'It runs. What follows is from its last stop.'}</p>`}
    ${shown.registers && shown.tid === tid && html`<div class="panes ${old ? 'old' : ''}">
      <div><section><h2>Backtrace</h2><${Backtrace} tid=${tid} frames=${shown.frames} chosen=${chosen} /></section>
        <section><h2>Source ${source?.file && html`<span class="dim">${sourceText(source)}</span>`}</h2><${Source} source=${source} /></section>
        <section><h2>Code at ${placeText(thread.pid, address)}</h2>${lines && html`<${Code} pid=${thread.pid} address=${place.value.address} lines=${lines} />`}</section></div>
      <div><section><h2>Registers</h2><${Registers} registers=${shown.registers} former=${shown.former} /></section>
        <section><${Memory} pid=${thread.pid} /></section>
        <section><${Mappings} mappings=${shown.mappings} /></section></div></div>`}`;
}
