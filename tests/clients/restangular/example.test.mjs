// examples/restangular: what it shows has to be so.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {api, begin, outside} from './stage.mjs';

let stage;
before(async () => { stage = await begin(); });
after(() => stage?.end());

const says = (page, who, words) => page.waitForFunction(
  ([id, wanted]) => document.querySelector(`#${id} .message`)?.textContent === wanted, [who, words]);

async function open() {
  const made = await outside.create('/orders', {status: 'new', note: 'as it was'});
  const page = await stage.open(`/example/index.html?order=${made.id}&api=${encodeURIComponent(api)}`);
  await page.waitForFunction((tag) => ['Anna', 'Bram'].every(
    (who) => document.querySelector(`#${who} .tag`)?.textContent === tag), made.etag);
  return {page, made};
}

test('the example: Bram is told what Anna did, and both changes are kept', async () => {
  const {page, made} = await open();
  await page.selectOption('#Anna .status', {label: 'paid'});
  await page.click('#Anna .save');
  await says(page, 'Anna', 'saved');
  await page.fill('#Bram .note', 'ring twice');
  await page.click('#Bram .save');
  await says(page, 'Bram', 'The resource has changed');
  if (process.env.SCREENSHOT_EXAMPLE)
    await page.screenshot({path: process.env.SCREENSHOT_EXAMPLE, fullPage: true});
  assert.equal(await page.textContent('#Bram .current'), 'paid, as it was');
  await page.click('#Bram .merge');
  await says(page, 'Bram', 'saved');
  const now = await outside.read(`/orders/${made.id}`);
  assert.deepEqual([now.status, now.note, now.version], ['paid', 'ring twice', 3]);
  assert.equal(await page.textContent('#Bram .tag'), now.etag);
  assert.deepEqual(page.failures, []);
});

test('the example: reading again after a refusal shows the other one\'s state', async () => {
  const {page, made} = await open();
  await outside.change(`/orders/${made.id}`, {status: 'packed'});
  await page.fill('#Anna .note', 'lost');
  await page.click('#Anna .save');
  await says(page, 'Anna', 'The resource has changed');
  await page.click('#Anna .load');
  await says(page, 'Anna', '');
  assert.equal(await page.inputValue('#Anna .note'), 'as it was');
  await page.fill('#Anna .note', 'kept');
  await page.click('#Anna .save');
  await says(page, 'Anna', 'saved');
  const now = await outside.read(`/orders/${made.id}`);
  assert.deepEqual([now.status, now.note], ['packed', 'kept']);
});

test('the example: an order that was deleted meanwhile', async () => {
  const {page, made} = await open();
  await outside.ask('DELETE', `/orders/${made.id}`, {'If-Match': made.etag});
  await page.click('#Anna .save');
  await page.waitForFunction(() => document.querySelector('#Anna .message').textContent.length > 0);
  assert.equal(await page.isVisible('#Anna .merge'), false);
  assert.equal((await outside.ask('GET', `/orders/${made.id}`)).status, 404);
});
