// One thread: who holds it, its registers with what has changed, the code at its pc, memory, mappings.
import {signal} from '../vendor/signals-core.mjs';
import {request} from '../connection.js';
import {html} from '../html.js';
import {baseName, duration, threadState} from '../model.js';
import {model, now} from '../store.js';
import {functionText, placeText, sourceText} from '../symbols.js';
import {Empty, Engine, State} from '../widgets.js';
import {ThreadActions} from './threads.js';

/** What has been fetched of the thread that is shown: {tid, stop, registers, former, lines, mappings, frames, error}. */
const detail = signal({tid: 0});
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
    const [{lines}, {mappings}] = await Promise.all([
      request('code', {pid: thread.pid, address: pc, size: 160}).catch(() => ({lines: []})),
      request('mappings', {pid: thread.pid}),
    ]);
    if (detail.value.stop !== stop) return;
    detail.value = {tid, stop, registers, former, lines, mappings, pc, sampled: sample, error: '', frames: detail.value.frames};
    if (!memory.value.address) fetchMemory(thread.pid, stack);
    fetchFrames();
  } catch (error) {
    if (detail.value.stop === stop) detail.value = {...detail.value, error: error.message};
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

function Backtrace({frames}) {
  if (!frames) return html`<p class="dim">Looking for its callers …</p>`;
  if (frames.length === 0) return html`<p class="dim">Its callers cannot be found.</p>`;
  return html`<table class="code mono" aria-label="Backtrace"><tbody>${frames.map((frame, index) => html`<tr class=${index === 0 ? 'here' : ''}>
    <td class="dim number">${index}</td><td title=${frame.address}>${functionText(frame) || frame.address}</td>
    <td class="dim" title=${frame.file}>${sourceText(frame)}</td><td class="dim rest" title=${frame.module}>${baseName(frame.module ?? '')}</td></tr>`)}</tbody></table>`;
}

function Code({pid, lines}) {
  if (lines.length === 0) return html`<${Empty}>The code cannot be read.<//>`;
  return html`<table class="code mono" aria-label="Code"><tbody>${lines.slice(0, 24).map((line, index) => {
    const site = siteAt(pid, line.address);
    return html`<tr class=${index === 0 ? 'here' : ''}><td class="mark" title=${site ? 'A breakpoint' : ''}>${site ? '●' : ''}${index === 0 ? '▶' : ''}</td>
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
  return html`<div class="bar"><h1>Thread <span class="mono">${tid}</span> ${thread.name}</h1><${State} state=${threadState(thread)} />
      <span class="dim">of ${baseName(model.processes.get(String(thread.pid))?.program ?? '')} ${thread.pid}</span>
      <${ThreadActions} pid=${thread.pid} tid=${tid} />
      ${!thread.pc && html`<button onClick=${() => fetchDetail(tid, thread, true)} title="Stops it for some microseconds">Sample now</button>`}</div>
    ${thread.holds.length > 0 && html`<ul>${thread.holds.map(hold => html`<li>Held by <${Engine} id=${hold.engine} /> for ${duration(now.value - hold.since)}: ${hold.reason}</li>`)}</ul>`}
    ${shown.error && html`<p class="dim">${shown.error}${thread.pc ? '' : '; its registers can be had while it is stopped, or as a sample.'}</p>`}
    ${old && html`<p class="dim">${shown.sampled ? 'A sample of the moment; it runs on.' : 'It runs. What follows is from its last stop.'}</p>`}
    ${shown.registers && shown.tid === tid && html`<div class="panes ${old ? 'old' : ''}">
      <div><section><h2>Backtrace</h2><${Backtrace} frames=${shown.frames} /></section>
        <section><h2>Code at ${placeText(thread.pid, shown.pc.replace(/^0x0*/, '0x'))}</h2><${Code} pid=${thread.pid} lines=${shown.lines} /></section>
        <section><${Memory} pid=${thread.pid} /></section></div>
      <div><section><h2>Registers</h2><${Registers} registers=${shown.registers} former=${shown.former} /></section>
        <section><${Mappings} mappings=${shown.mappings} /></section></div></div>`}`;
}
