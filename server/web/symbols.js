// What stands at addresses, by name: asked of the hub in batches, once, and kept.
import {request} from './connection.js';
import {changed, model} from './store.js';

const MOST = 50_000, BATCH = 200;

/** "pid program address" -> the hub's answer, or {} while it is awaited and where nothing is known. */
const known = new Map();
const wanted = new Map();

/** {function, offset, file, line, module}, each as far as it is known by now. */
export function spotAt(pid, address) {
  const key = `${pid} ${model.processes.get(String(pid))?.program} ${address}`;
  const spot = known.get(key);
  if (spot) return spot;
  if (known.size > MOST) known.clear();
  known.set(key, {});
  if (wanted.size === 0) setTimeout(ask);
  if (!wanted.has(pid)) wanted.set(pid, new Map());
  wanted.get(pid).set(address, key);
  return {};
}

async function ask() {
  const lists = [...wanted];
  wanted.clear();
  for (const [pid, keys] of lists) {
    const addresses = [...keys.keys()];
    for (let at = 0; at < addresses.length; at += BATCH) {
      const {spots} = await request('describe', {pid, addresses: addresses.slice(at, at + BATCH)}).catch(() => ({spots: []}));
      for (const spot of spots) known.set(keys.get(spot.address), spot);
      if (spots.length > 0) changed.value += 1;
    }
  }
}

/** "worker_a+0x4", or '' where no function is known. */
export function functionText({function: name, offset}) {
  return name ? name + (offset ? `+0x${offset.toString(16)}` : '') : '';
}

/** "threads.c:22", or ''. */
export function sourceText({file, line}) {
  return file ? `${file.slice(file.lastIndexOf('/') + 1)}:${line}` : '';
}

/** As well as it can be said. */
export function placeText(pid, address) {
  return functionText(spotAt(pid, address)) || address;
}
