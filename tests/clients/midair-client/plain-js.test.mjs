// examples/plain-js in Chromium: two browser contexts collide, choose field by field, and save.
import assert from 'node:assert/strict';
import {dirname, join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {begin} from './pages.mjs';
import {ask, change, order, read, url} from './stage.mjs';

const example = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'examples', 'plain-js');
let stage;
before(async () => (stage = await begin(example)));
after(() => stage?.end());

const open = (path) => stage.open(`/index.html?api=${encodeURIComponent(url)}&row=${path}`);
const field = (page, who, name) => page.locator(`#${who} input[name="${name}"]`);
const saveAs = (page, who) => page.locator(`#${who} button`).first().click();
const said = (page, who, words) => page.locator(`#${who} output`).filter({hasText: words}).waitFor();

async function type(page, who, fields) {
  for (const [name, value] of Object.entries(fields))
    await field(page, who, name).fill(value);
}

test('two contexts: the second one sees the collision field by field, chooses, and saves', async () => {
  const path = await order({status: 'new'});
  const [anna, bram] = [await open(path), await open(path)];
  await type(anna, 'Anna', {note: 'hers', status: 'paid'});
  await saveAs(anna, 'Anna');
  await said(anna, 'Anna', 'Saved.');
  await type(bram, 'Bram', {note: 'his', count: '9'});
  await saveAs(bram, 'Bram');
  const dialog = bram.locator('dialog[open]');
  await dialog.waitFor();
  const cells = await dialog.locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
  assert.deepEqual(cells, [['status', 'new', 'paid', ''], ['note', 'as it was', 'hers', 'his'], ['count', '1', '1', '9']]);
  assert.deepEqual((({note, count}) => [note, count])(await read(path)), ['hers', 1], 'nothing is saved before the choice');
  if (process.env.SCREENSHOT)
    await bram.screenshot({path: process.env.SCREENSHOT});
  await dialog.locator('input[name="note"][value="now"]').check();
  await dialog.locator('button[value="save"]').click();
  await said(bram, 'Bram', 'Saved.');
  assert.deepEqual((({note, status, count}) => [note, status, count])(await read(path)), ['hers', 'paid', 9]);
});

test('a row that changes while the dialog is open brings the dialog again', async () => {
  const path = await order();
  const page = await open(path);
  await type(page, 'Anna', {note: 'mine'});
  await change(path, {note: 'first'});
  await saveAs(page, 'Anna');
  await page.locator('dialog[open]').waitFor();
  await change(path, {note: 'second'});
  await page.locator('dialog[open] button[value="save"]').click();
  await page.locator('dialog[open] td', {hasText: 'second'}).waitFor();
  await page.locator('dialog[open] button[value="save"]').click();
  await said(page, 'Anna', 'Saved.');
  assert.equal((await read(path)).note, 'mine');
});

test('to go on editing keeps what was typed and saves nothing', async () => {
  const path = await order();
  const page = await open(path);
  await type(page, 'Anna', {note: 'mine'});
  await change(path, {note: 'theirs'});
  await saveAs(page, 'Anna');
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await field(page, 'Anna', 'note').inputValue(), 'mine');
  assert.equal((await read(path)).note, 'theirs');
});

test('created, then saved again with the tag of the answer', async () => {
  const path = await order();
  const page = await open(path);
  for (const note of ['once', 'twice']) {
    const tag = await page.locator('#Anna code').textContent();
    await type(page, 'Anna', {note});
    await saveAs(page, 'Anna');
    await page.waitForFunction((before) => document.querySelector('#Anna code').textContent !== before, tag);
  }
  assert.equal((await read(path)).version, 3);
});

test('a row that was deleted, and a value that is refused, are told', async () => {
  const path = await order();
  const page = await open(path);
  await type(page, 'Anna', {total: '-1'});
  await saveAs(page, 'Anna');
  await page.locator('#Anna output:not(:empty)').waitFor();
  await ask('DELETE', path, undefined, {'If-Match': '*'});
  await saveAs(page, 'Anna');
  await page.waitForFunction(() => /deleted|not exist|no row|not found/i.test(document.querySelector('#Anna output').textContent));
});
