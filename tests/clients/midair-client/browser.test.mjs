// The package in Chromium, from another origin than midair's: two pages edit one row.
import assert from 'node:assert/strict';
import {dirname, join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {begin} from './pages.mjs';
import {order, read, url} from './stage.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'packages', 'midair-client');
let stage;
before(async () => (stage = await begin(root)));
after(() => stage?.end());

async function editor(path) {
  const page = await stage.open();
  await page.evaluate(async ([base, item]) => {
    const {createClient} = await import('/index.js');
    window.api = createClient(base);
    window.row = await window.api.get(item);
  }, [url, path]);
  return page;
}

const save = (page, path, columns) => page.evaluate(async ([item, changed]) => {
  try {
    return {row: await window.api.save(item, {...window.row, ...changed})};
  } catch (error) {
    return {name: error.name, message: error.message, columns: error.columns, theirs: error.theirs};
  }
}, [path, columns]);

test('two pages edit one row: other columns merge, the same column is a conflict', async () => {
  const path = await order();
  const [one, two] = [await editor(path), await editor(path)];
  assert.equal((await save(one, path, {note: 'one'})).row.note, 'one');
  const merged = await save(two, path, {count: 9});
  assert.deepEqual([merged.row?.note, merged.row?.count], ['one', 9], JSON.stringify(merged));
  const lost = await save(two, path, {note: 'two'});
  assert.deepEqual([lost.name, lost.columns, lost.theirs.note], ['ConflictError', ['note'], 'one']);
  assert.equal((await read(path)).note, 'one');
});

test('a page of another origin creates a row under an Idempotency-Key', async () => {
  const page = await editor(await order());
  const made = await page.evaluate(() => window.api.create('/orders', {note: 'from a page'}));
  assert.equal((await read(`/orders/${made.id}`)).note, 'from a page');
});

test('a page that was offline saves when it is back', async () => {
  const path = await order();
  const page = await editor(path);
  await page.context().setOffline(true);
  const saving = save(page, path, {note: 'from offline'});
  await page.context().setOffline(false);
  assert.equal((await saving).row.note, 'from offline');
});
