// The files of others that the page is made of are those that were looked at.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';

const folder = new URL('../../server/web/', import.meta.url);
const vendor = new URL('vendor/', folder);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', vendor)));

test('every vendored file is in the manifest, unchanged, with its licence', () => {
  const files = readdirSync(vendor).filter(name => /\.(mjs|js|css)$/.test(name));
  assert.deepEqual(files.sort(), manifest.map(entry => entry.file).sort());
  for (const entry of manifest) {
    assert.equal(createHash('sha256').update(readFileSync(new URL(entry.file, vendor))).digest('hex'), entry.sha256, entry.file);
    assert.ok(existsSync(new URL(entry.licence_file, vendor)), entry.licence_file);
    assert.match(entry.version, /^\d+\.\d+\.\d+$/);
  }
});

test('nothing is loaded from elsewhere', () => {
  const own = readdirSync(folder, {recursive: true}).filter(name => /\.(js|html|css|svg)$/.test(name) && !name.startsWith('vendor/'));
  assert.ok(own.length > 10);
  for (const name of own) {
    const text = readFileSync(new URL(name, folder), 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
    assert.doesNotMatch(text, /https?:\/\//, name);
    for (const [, path] of text.matchAll(/(?:from|import) '([^']+)'/g)) assert.ok(existsSync(new URL(path, new URL(name, folder))), `${name}: ${path}`);
  }
});
