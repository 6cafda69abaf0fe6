// rpc().
import assert from 'node:assert/strict'
import { data, each, fresh, ids } from './stage.mjs'

each('a value, by POST and by GET', async (db) => {
  assert.equal(data(await db.rpc('add_them', { a: 1, b: 2 })), 3)
  assert.equal(data(await db.rpc('add_them', { a: 1, b: 2 }, { get: true })), 3)
  assert.equal(data(await db.rpc('add_them', { a: 1 })), 11)
  assert.deepEqual(data(await db.rpc('add_all', { numbers: [1, 2, 3] })), 6)
  assert.deepEqual(data(await db.rpc('add_all', { numbers: [1, 2, 3] }, { get: true })), 6)
  assert.deepEqual(data(await db.rpc('same', { given: { a: [1, 'x', null] } })), { a: [1, 'x', null] })
  assert.equal(data(await db.rpc('nothing')), null)
})

each('rows: filters, order, limit, select, single', async (db) => {
  assert.deepEqual(ids(await db.rpc('films_after', { year: 1980 }).select('id').order('id')), [2, 3, 4, 5])
  assert.deepEqual(ids(await db.rpc('films_after', { year: 1980 }).select('id').gt('rating', 8).order('id', { ascending: false }).limit(1)), [5])
  assert.deepEqual(data(await db.rpc('films_after', { year: 1980 }, { get: true }).select('id,title').eq('title', 'Heat').single()), { id: 3, title: 'Heat' })
  const embedded = data(await db.rpc('films_after', { year: 1990 }).select('id,directors(name)').eq('id', 3).single())
  assert.deepEqual(embedded, { id: 3, directors: { name: 'Mann' } })
})

each('count and head', async (db) => {
  const counted = await db.rpc('films_after', { year: 1980 }, { count: 'exact' }).select('id').order('id').range(0, 1)
  assert.deepEqual([ids(counted), counted.count, counted.status], [[2, 3], 4, 206])
  const head = await db.rpc('films_after', { year: 1980 }, { head: true, count: 'exact' })
  assert.deepEqual([head.error, head.count], [null, 4])
})

each('what a function writes', async (db) => {
  const name = fresh('f')
  assert.equal(data(await db.rpc('put_score', { name, points: 5 })), 5)
  assert.equal(data(await db.from('scores').select('points').eq('name', name).single()).points, 5)
  const refused = await db.rpc('put_score', { name, points: 6 }, { get: true })
  assert.equal(refused.error.code, '25006')
  assert.equal(data(await db.from('scores').select('points').eq('name', name).single()).points, 5)
})

each('errors', async (db) => {
  assert.deepEqual([(await db.rpc('nope')).error.code, (await db.rpc('nope')).status], ['PGRST202', 404])
  assert.equal((await db.rpc('add_them', { c: 1 })).error.code, 'PGRST202')
  const raised = await db.rpc('complain')
  assert.deepEqual([raised.status, raised.error.code, raised.error.message, raised.error.hint], [400, 'P0001', 'no', 'try yes'])
})
