// The package in Chromium, from another origin than midair's: two pages edit one row.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {dirname, join, normalize} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';
import {order, read, url} from './stage.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'packages', 'midair-client');
const port = Number(process.env.PAGE_PORT);
let server, browser;

before(async () => {
  server = createServer(({url: path}, response) => {
    if (path === '/')
      return response.writeHead(200, {'Content-Type': 'text/html'}).end('<!doctype html><title>midair-client</title>');
    const file = join(root, normalize(path));
    if (!existsSync(file))
      return response.writeHead(404).end();
    return response.writeHead(200, {'Content-Type': 'text/javascript'}).end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-dev-shm-usage'],
  });
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections?.();
  server?.close();
});

async function editor(path) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
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

test('a page that was offline saves when it is back', async () => {
  const path = await order();
  const page = await editor(path);
  await page.context().setOffline(true);
  const saving = save(page, path, {note: 'from offline'});
  await page.context().setOffline(false);
  assert.equal((await saving).row.note, 'from offline');
});
