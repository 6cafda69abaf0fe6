// The real @supabase/postgrest-js against midair with dialect = postgrest.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PostgrestClient } from '@supabase/postgrest-js'

const db = new PostgrestClient(process.env.MIDAIR_URL)

test('filters, order, range and count', async () => {
  const { data, error, count } = await db.from('customers').select('id,name', { count: 'exact' })
    .lt('id', 10).order('id', { ascending: false }).range(0, 1)
  assert.equal(error, null)
  assert.deepEqual(data.map((r) => r.id), [9, 8])
  assert.equal(count, 9)
})

test('single and maybeSingle', async () => {
  const one = await db.from('customers').select('id').eq('id', 1).single()
  assert.deepEqual(one.data, { id: 1 })
  const many = await db.from('customers').select('id').lt('id', 3).single()
  assert.equal(many.error.code, 'PGRST116')
  const none = await db.from('customers').select('id').eq('id', 0).maybeSingle()
  assert.deepEqual([none.data, none.error], [null, null])
})

test('insert, update, upsert, delete', async () => {
  const made = await db.from('places').insert([{ name: 'js1', note: 'a' }, { name: 'js2', note: 'b' }]).select()
  assert.equal(made.status, 201)
  assert.deepEqual(made.data.map((r) => r.name), ['js1', 'js2'])
  const quiet = await db.from('places').update({ note: 'c' }).eq('name', 'js1')
  assert.deepEqual([quiet.status, quiet.data], [204, null])
  const up = await db.from('places').upsert({ name: 'js1', note: 'd' }).select().single()
  assert.equal(up.data.note, 'd')
  const gone = await db.from('places').delete().eq('name', 'js2').select('name')
  assert.deepEqual(gone.data, [{ name: 'js2' }])
})

test('a conditional update through If-Match', async () => {
  const url = `${process.env.MIDAIR_URL}/places?name=eq.js1`
  const seen = await fetch(url, { headers: { Accept: 'application/vnd.pgrst.object+json' } })
  const tag = seen.headers.get('etag')
  const first = await db.from('places').update({ note: 'mine' }).eq('name', 'js1').setHeader('If-Match', tag)
  assert.equal(first.status, 204)
  const second = await db.from('places').update({ note: 'lost' }).eq('name', 'js1').setHeader('If-Match', tag)
  assert.equal(second.status, 412)
  const { data } = await db.from('places').select('note').eq('name', 'js1').single()
  assert.equal(data.note, 'mine')
})

test('embeds', async () => {
  const { data, error } = await db.from('orders').select('id,items(id)').eq('id', 2).single()
  assert.equal(error, null)
  assert.ok(data.items.length > 0)
})

test('functions', async () => {
  assert.equal((await db.rpc('add_them', { a: 1, b: 2 })).data, 3)
  assert.equal((await db.rpc('add_them', { a: 1, b: 2 }, { get: true })).data, 3)
  assert.equal((await db.rpc('nope')).error.code, 'PGRST202')
})

test('errors', async () => {
  assert.equal((await db.from('nope').select()).error.code, 'PGRST205')
  assert.equal((await db.from('customers').select('nope')).error.code, '42703')
  assert.equal((await db.from('places').insert({ name: 'js1' })).error.code, '23505')
})
