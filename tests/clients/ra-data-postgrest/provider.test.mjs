// react-admin's calls through its data provider for PostgREST.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const { default: provider } = createRequire(import.meta.url)('@raphiniert/ra-data-postgrest')

async function httpClient(url, options = {}) {
  const answer = await fetch(url, options)
  const body = await answer.text()
  const json = body ? JSON.parse(body) : undefined
  if (!answer.ok) throw Object.assign(new Error(json?.message), { status: answer.status, body: json })
  httpClient.etag = answer.headers.get('etag')
  return { status: answer.status, headers: answer.headers, body, json }
}

const ra = provider({
  apiUrl: process.env.MIDAIR_URL,
  httpClient,
  defaultListOp: 'eq',
  primaryKeys: new Map([['scores', ['name']], ['roles', ['film_id', 'actor_id']]]),
  schema: () => ''
})
const page = (perPage, n = 1) => ({ page: n, perPage })

test('getList', async () => {
  const list = await ra.getList('films', { pagination: page(2), sort: { field: 'year', order: 'DESC' }, filter: { 'year@lt': 2000 } })
  assert.deepEqual([list.data.map((f) => f.id), list.total], [[3, 2], 3])
  const next = await ra.getList('films', { pagination: page(2, 2), sort: { field: 'year', order: 'DESC' }, filter: { 'year@lt': 2000 } })
  assert.deepEqual([next.data.map((f) => f.id), next.total], [[1], 3])
  const like = await ra.getList('films', { pagination: page(9), sort: { field: 'id', order: 'ASC' }, filter: { 'title@ilike': 'ali' } })
  assert.deepEqual(like.data.map((f) => f.id), [1, 2])
  const or = await ra.getList('films', { pagination: page(9), sort: { field: 'id', order: 'ASC' }, filter: { '@or': { 'year@lt': 1980, 'title@eq': 'Heat' } } })
  assert.deepEqual(or.data.map((f) => f.id), [1, 3])
  const embedded = await ra.getList('films', { pagination: page(1), sort: { field: 'id', order: 'ASC' }, filter: {}, meta: { columns: ['id', 'directors(name)'], nullslast: true } })
  assert.deepEqual(embedded.data, [{ id: 1, directors: { name: 'Scott' } }])
})

test('getOne, getMany, getManyReference', async () => {
  assert.equal((await ra.getOne('films', { id: 1 })).data.title, 'Alien')
  assert.deepEqual((await ra.getMany('films', { ids: [1, 3] })).data.map((f) => f.id), [1, 3])
  const of = await ra.getManyReference('films', { target: 'director_id', id: 2, pagination: page(5), sort: { field: 'id', order: 'ASC' }, filter: {} })
  assert.deepEqual([of.data.map((f) => f.id), of.total], [[2], 1])
  await assert.rejects(ra.getOne('films', { id: 0 }), (error) => error.status === 406 && error.body.code === 'PGRST116')
})

test('composite keys', async () => {
  const one = await ra.getOne('roles', { id: '[1,1]' })
  assert.deepEqual([one.data.id, one.data.character], ['[1,1]', 'Ripley'])
  const many = await ra.getMany('roles', { ids: ['[1,1]', '[3,2]'] })
  assert.deepEqual(many.data.map((r) => r.character).sort(), ['Hanna', 'Ripley'])
})

test('create, update, updateMany, delete, deleteMany', async () => {
  for (const name of ['ra1', 'ra2', 'ra3']) {
    assert.equal((await ra.create('scores', { data: { name, points: 1 } })).data.id, name)
  }
  const changed = await ra.update('scores', { id: 'ra1', data: { points: 2 }, previousData: { points: 1 } })
  assert.equal(changed.data.points, 2)
  assert.deepEqual((await ra.updateMany('scores', { ids: ['ra1', 'ra2'], data: { note: 'x' } })).data.sort(), ['ra1', 'ra2'])
  assert.equal((await ra.delete('scores', { id: 'ra1', previousData: {} })).data.name, 'ra1')
  assert.equal((await ra.deleteMany('scores', { ids: ['ra2', 'ra3'] })).data.length, 2)
})

test('a conditional update', async () => {
  await ra.create('scores', { data: { name: 'ra4', points: 1 } })
  await ra.getOne('scores', { id: 'ra4' })
  const headers = { 'If-Match': httpClient.etag }
  await ra.update('scores', { id: 'ra4', data: { points: 2 }, previousData: { points: 1 }, meta: { headers } })
  await assert.rejects(ra.update('scores', { id: 'ra4', data: { points: 3 }, previousData: { points: 1 }, meta: { headers } }),
    (error) => error.status === 412)
  assert.equal((await ra.getOne('scores', { id: 'ra4' })).data.points, 2)
  await ra.delete('scores', { id: 'ra4', previousData: {} })
})
