// Two people edit one order in two browsers: the page of the second shows what the first did, and both changes survive.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {begin, outside} from './stage.mjs';

let stage;
before(async () => { stage = await begin(); });
after(() => stage?.end());

// A customer with one order, so that the page lists that one alone.
async function order(values = {}) {
  const customer = await outside.create('/customers', {name: 'two editors'});
  return outside.create('/orders', {customer_id: customer.id, note: 'as it was', status: 'new', ...values});
}

async function edit(path, {id}) {
  const page = await stage.open(path);
  await page.click(`a[data-id="${id}"]`);
  await page.waitForSelector('#note');
  return page;
}

const text = (page, selector) => page.textContent(selector);
const says = (page, words) => page.waitForFunction(
  (wanted) => document.querySelector('#message').textContent === wanted, words);

test('the second of two editors is refused, sees the current state, merges and succeeds', async () => {
  const made = await order();
  const path = `/?customer=${made.customer_id}`;
  const [anna, bram] = [await edit(path, made), await edit(path, made)];
  assert.equal(await text(anna, '#tag'), made.etag);
  assert.equal(await text(bram, '#tag'), made.etag);

  await anna.fill('#note', 'by Anna');
  await anna.click('#save');
  await says(anna, 'saved');
  const hers = await outside.read(`/orders/${made.id}`);
  assert.equal(hers.note, 'by Anna');
  assert.equal(await text(anna, '#tag'), hers.etag);

  await bram.fill('#status', 'by Bram');
  await bram.click('#save');
  await says(bram, 'refused: 412');
  if (process.env.SCREENSHOT)
    await bram.screenshot({path: process.env.SCREENSHOT, fullPage: true});
  assert.equal(await text(bram, '#title'), 'The resource has changed');
  assert.equal(await text(bram, '#row-note .theirs'), 'by Anna');
  assert.equal(await text(bram, '#row-note .mine'), 'as it was');
  assert.equal(await text(bram, '#row-status .mine'), 'by Bram');
  assert.equal(await text(bram, '#row-version .theirs'), '2');
  assert.equal(await text(bram, '#current-tag'), hers.etag);
  assert.deepEqual(await outside.read(`/orders/${made.id}`), hers, 'the refused write changed nothing');

  await bram.click('#merge');
  await says(bram, 'saved');
  assert.equal(await bram.isVisible('#refused'), false);
  const both = await outside.read(`/orders/${made.id}`);
  assert.deepEqual([both.note, both.status, both.version], ['by Anna', 'by Bram', 3]);
  assert.equal(await text(bram, '#tag'), both.etag);
  assert.deepEqual([...anna.failures, ...bram.failures], []);
});

test('the current state went stale while the page showed it: refused once more, and nothing is lost', async () => {
  const made = await order();
  const page = await edit(`/?customer=${made.customer_id}`, made);
  await outside.change(`/orders/${made.id}`, {note: 'second'});
  await page.fill('#status', 'mine');
  await page.click('#save');
  await says(page, 'refused: 412');
  await outside.change(`/orders/${made.id}`, {note: 'third'});
  await page.click('#merge');
  await page.waitForFunction(() => document.querySelector('#row-note .theirs')?.textContent === 'third');
  assert.equal(await text(page, '#message'), 'refused: 412');
  await page.click('#merge');
  await says(page, 'saved');
  const now = await outside.read(`/orders/${made.id}`);
  assert.deepEqual([now.note, now.status, now.version], ['third', 'mine', 4]);
});

test('an order that was deleted meanwhile is not made again by the save of a stale page', async () => {
  const made = await order();
  const page = await edit(`/?customer=${made.customer_id}`, made);
  await outside.ask('DELETE', `/orders/${made.id}`, {'If-Match': made.etag});
  await page.fill('#note', 'too late');
  await page.click('#save');
  await says(page, 'refused: 412');
  assert.equal((await outside.ask('GET', `/orders/${made.id}`)).status, 404);
});

test('one page saves many times in a row, each time with the tag that the save before returned', async () => {
  const made = await order();
  const page = await edit(`/?customer=${made.customer_id}`, made);
  for (let turn = 1; turn <= 5; turn++) {
    await page.fill('#note', `turn ${turn}`);
    const old = await text(page, '#tag');
    await page.click('#save');
    await page.waitForFunction((before) => document.querySelector('#tag').textContent !== before, old);
    await says(page, 'saved');
  }
  const now = await outside.read(`/orders/${made.id}`);
  assert.deepEqual([now.note, now.version], ['turn 5', 6]);
  assert.equal(await text(page, '#tag'), now.etag);
});
