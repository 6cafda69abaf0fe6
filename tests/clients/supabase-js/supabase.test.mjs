// @supabase/supabase-js: its database part speaks to `/rest/v1` below the address that it is given, which is a base_path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '@supabase/supabase-js'

const keeper = async (...args) => {
  const answer = await fetch(...args)
  keeper.etag = answer.headers.get('etag')
  return answer
}
const client = () => createClient(process.env.MIDAIR_URL, 'a-key', {
  auth: { persistSession: false, autoRefreshToken: false },
  global: { fetch: keeper }
})
const data = ({ data, error }) => {
  assert.equal(error, null, JSON.stringify(error))
  return data
}

test('reads, with filters, embeds, counts', async () => {
  const db = client()
  assert.deepEqual(data(await db.from('films').select('id,directors(name)').eq('title', 'Heat').single()),
    { id: 3, directors: { name: 'Mann' } })
  const page = await db.from('films').select('id', { count: 'exact' }).or('year.lt.1990,title.eq.Heat').order('id').range(0, 1)
  assert.deepEqual([data(page), page.count], [[{ id: 1 }, { id: 2 }], 3])
  assert.deepEqual(data(await db.from('films').select('id').contains('tags', ['war']).maybeSingle()), { id: 2 })
})

test('writes, upserts, deletes', async () => {
  const db = client()
  data(await db.from('scores').insert({ name: 'sb', points: 1 }))
  assert.equal(data(await db.from('scores').upsert({ name: 'sb', points: 2 }).select().single()).points, 2)
  assert.deepEqual(data(await db.from('scores').update({ note: 'x' }).eq('name', 'sb').select('note')), [{ note: 'x' }])
  assert.equal((await db.from('scores').insert({ name: 'sb' })).error.code, '23505')
  assert.equal((await db.from('scores').delete().eq('name', 'sb')).status, 204)
})

test('functions and schemas', async () => {
  const db = client()
  assert.equal(data(await db.rpc('add_them', { a: 1, b: 2 })), 3)
  assert.deepEqual(data(await db.schema('annex').from('memos').select('memo').single()), { memo: 'in the annex' })
})

test('a lost update is refused', async () => {
  const db = client()
  data(await db.from('scores').insert({ name: 'sb-c', points: 1 }))
  data(await db.from('scores').select().eq('name', 'sb-c').single())
  const tag = keeper.etag
  data(await db.from('scores').update({ points: 2 }).eq('name', 'sb-c').setHeader('If-Match', tag))
  assert.equal((await db.from('scores').update({ points: 3 }).eq('name', 'sb-c').setHeader('If-Match', tag)).status, 412)
  assert.equal(data(await db.from('scores').select('points').eq('name', 'sb-c').single()).points, 2)
  data(await db.from('scores').delete().eq('name', 'sb-c'))
})
