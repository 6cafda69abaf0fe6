import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {dirname, join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {MutationObserver, QueryClient} from '@tanstack/query-core';
import {dataProvider as reactAdmin} from 'midair-client/react-admin';
import {dataProvider as refine} from 'midair-client/refine';
import {fetcher, listFetcher, saver} from 'midair-client/swr';
import {queryOptions, saveOptions} from 'midair-client/tanstack-query';
import {change, client, order, read} from './stage.mjs';

const keys = {pairs: ['a', 'b'], products: 'sku'};

test('the types compile', () => {
  const here = dirname(fileURLToPath(import.meta.url));
  const done = spawnSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext',
    '--target', 'es2022', '--lib', 'es2022,dom', 'types.mts'], {cwd: here, encoding: 'utf8'});
  assert.equal(done.status, 0, done.stdout);
});

test('TanStack Query: a query, a save, and a conflict that updates the cache', async () => {
  const path = await order();
  const own = client();
  const queries = new QueryClient();
  const row = await queries.fetchQuery(queryOptions(own, path));
  const mutation = new MutationObserver(queries, saveOptions(own, queries, path));
  await mutation.mutate({...row, note: 'mine'});
  assert.equal(queries.getQueryData(['midair', path]).note, 'mine');
  await change(path, {note: 'theirs'});
  await assert.rejects(mutation.mutate({...row, note: 'again'}), (error) => error.status === 412);
  assert.equal(queries.getQueryData(['midair', path]).note, 'theirs');
  queries.clear();
});

test('SWR: fetcher, list and save', async () => {
  const path = await order();
  const own = client();
  const row = await fetcher(own)(path);
  assert.equal((await saver(own)(path, {arg: {...row, note: 'mine'}})).note, 'mine');
  assert.ok((await listFetcher(own, {key: 'id'})('/orders?limit=1')).length === 1);
});

test('react-admin: lists, pages, filters and references', async () => {
  const provider = reactAdmin(client(), {keys});
  for (const status of ['ra', 'ra', 'rb'])
    await order({status});
  const list = await provider.getList('orders', {pagination: {page: 1, perPage: 1}, sort: {field: 'id', order: 'DESC'}, filter: {status: 'ra'}});
  assert.deepEqual([list.data.length, list.total], [1, 2]);
  const either = await provider.getList('orders', {filter: {status: ['ra', 'rb']}});
  assert.equal(either.total, 3);
  const like = await provider.getList('orders', {filter: {'status@like': 'r*'}});
  assert.equal(like.total, 3);
  const ids = list.data.map((row) => row.id);
  assert.deepEqual((await provider.getMany('orders', {ids})).data.map((row) => row.id), ids);
  const parent = ids[0];
  await client().create('/items', {order_id: parent, product: 'tea'});
  const lines = await provider.getManyReference('items', {target: 'order_id', id: parent, pagination: {page: 1, perPage: 5}, sort: {field: 'id', order: 'ASC'}, filter: {}});
  assert.deepEqual(lines.data.map((row) => row.product), ['tea']);
});

test('react-admin: create, update, delete, with the row that the form loaded as the base', async () => {
  const provider = reactAdmin(client(), {keys});
  const {data: made} = await provider.create('orders', {data: {note: 'made', count: 1}});
  const {data: loaded} = await provider.getOne('orders', {id: made.id});
  await change(`/orders/${made.id}`, {count: 7});
  const {data: saved} = await provider.update('orders', {id: made.id, data: {...loaded, note: 'saved'}, previousData: loaded});
  assert.deepEqual([saved.note, saved.count], ['saved', 7]);
  await change(`/orders/${made.id}`, {note: 'theirs'});
  await provider.getOne('orders', {id: made.id}); // a list that was refreshed behind the form
  await assert.rejects(provider.update('orders', {id: made.id, data: {...saved, note: 'mine'}, previousData: saved}),
    (error) => error.status === 412 && error.columns.includes('note'));
  const many = await provider.updateMany('orders', {ids: [made.id], data: {status: 'many'}});
  assert.deepEqual([many.data, (await read(`/orders/${made.id}`)).status], [[made.id], 'many']);
  assert.equal((await provider.delete('orders', {id: made.id})).data.id, made.id);
  await assert.rejects(provider.getOne('orders', {id: made.id}), (error) => error.status === 404);
});

test('react-admin: keys that are not called id, and composite ones', async () => {
  const provider = reactAdmin(client(), {keys});
  const {data: product} = await provider.create('products', {data: {sku: 'ra"1', name: 'Tea'}});
  assert.equal(product.id, 'ra"1');
  assert.equal((await provider.update('products', {id: product.id, data: {...product, name: 'Pot'}, previousData: product})).data.name, 'Pot');
  assert.deepEqual((await provider.getMany('products', {ids: ['ra"1']})).data.map((row) => row.name), ['Pot']);
  const {data: pair} = await provider.create('pairs', {data: {a: 'ra', b: 'x,y'}});
  assert.equal(pair.id, '["ra","x,y"]');
  assert.equal((await provider.update('pairs', {id: pair.id, data: {...pair, note: 'n'}, previousData: pair})).data.note, 'n');
  assert.deepEqual((await provider.deleteMany('pairs', {ids: [pair.id]})).data, [pair.id]);
});

// [label, filters, statuses found]
const filters = [
  ['eq', [{field: 'status', operator: 'eq', value: 'refine-a'}], 1],
  ['in', [{field: 'status', operator: 'in', value: ['refine-a', 'refine, b']}], 2],
  ['contains', [{field: 'status', operator: 'contains', value: 'EFINE'}], 2],
  ['nnull and gte', [{field: 'status', operator: 'startswith', value: 'refine'}, {field: 'count', operator: 'gte', value: 2}], 1],
  ['ne', [{field: 'status', operator: 'startswith', value: 'refine'}, {field: 'status', operator: 'ne', value: 'refine-a'}], 1],
];
test('Refine: lists with filters, create, update, delete', async () => {
  const provider = refine(client(), {keys, apiUrl: 'x'});
  await order({status: 'refine-a', count: 1});
  await order({status: 'refine, b', count: 2});
  for (const [label, given, count] of filters)
    assert.equal((await provider.getList({resource: 'orders', filters: given, sorters: [{field: 'id', order: 'desc'}]})).total, count, label);
  const page = await provider.getList({resource: 'orders', pagination: {currentPage: 2, pageSize: 1}, filters: filters[2][1]});
  assert.deepEqual([page.data.length, page.total], [1, 2]);
  await assert.rejects(async () => provider.getList({resource: 'orders', filters: [{field: 'a', operator: 'near', value: 1}]}), TypeError);
  const {data: made} = await provider.create({resource: 'orders', variables: {note: 'made'}});
  assert.equal((await provider.update({resource: 'orders', id: made.id, variables: {note: 'saved'}})).data.note, 'saved');
  assert.equal((await provider.deleteOne({resource: 'orders', id: made.id})).data.note, 'saved');
});
