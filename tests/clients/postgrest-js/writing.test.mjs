// insert, upsert, update, delete.
import assert from 'node:assert/strict'
import { data, each, fresh } from './stage.mjs'

each('insert of one and of many', async (db) => {
  const [a, b, c] = [fresh(), fresh(), fresh()]
  const quiet = await db.from('scores').insert({ name: a, points: 1 })
  assert.deepEqual([quiet.status, quiet.data, quiet.error], [201, null, null])
  const shown = await db.from('scores').insert([{ name: b, points: 2 }, { name: c, points: 3 }]).select()
  assert.equal(shown.status, 201)
  assert.deepEqual(data(shown).map((r) => [r.name, r.points]), [[b, 2], [c, 3]])
  const some = data(await db.from('scores').insert({ name: fresh(), points: 4 }).select('points').single())
  assert.deepEqual(some, { points: 4 })
})

each('insert: defaultToNull, columns, count', async (db) => {
  const [a, b] = [fresh(), fresh()]
  const mixed = data(await db.from('scores').insert([{ name: a }, { name: b, points: 5 }], { defaultToNull: false }).select('points'))
  assert.deepEqual(mixed.map((r) => r.points), [7, 5])
  const nulls = await db.from('scores').insert([{ name: fresh() }, { name: fresh(), points: 5 }])
  assert.equal(nulls.error.code, '23502')
  const counted = await db.from('scores').insert([{ name: fresh() }, { name: fresh() }], { count: 'exact' })
  assert.deepEqual([counted.status, counted.count], [201, 2])
})

each('upsert', async (db) => {
  const [a, b] = [fresh(), fresh()]
  data(await db.from('scores').insert({ name: a, points: 1, note: 'kept' }))
  const merged = data(await db.from('scores').upsert([{ name: a, points: 9 }, { name: b, points: 8 }], { count: 'exact' }).select())
  assert.deepEqual(merged.map((r) => [r.name, r.points, r.note]), [[a, 9, 'kept'], [b, 8, null]])
  const ignored = data(await db.from('scores').upsert([{ name: a, points: 0 }, { name: fresh(), points: 0 }], { ignoreDuplicates: true }).select())
  assert.equal(ignored.length, 1)
  assert.equal(data(await db.from('scores').select('points').eq('name', a).single()).points, 9)
  const code = Math.floor(Math.random() * 1e9)
  data(await db.from('scores').insert({ name: fresh(), code, points: 1 }))
  const by = data(await db.from('scores').upsert({ name: fresh('other'), code, points: 2 }, { onConflict: 'code' }).select().single())
  assert.deepEqual([by.code, by.points], [code, 2])
  const defaults = data(await db.from('scores').upsert([{ name: fresh() }], { defaultToNull: false }).select().single())
  assert.equal(defaults.points, 7)
})

each('update', async (db) => {
  const [a, b] = [fresh('u'), fresh('u')]
  data(await db.from('scores').insert([{ name: a, points: 1 }, { name: b, points: 2 }]))
  const quiet = await db.from('scores').update({ points: 3 }).eq('name', a)
  assert.deepEqual([quiet.status, quiet.data], [204, null])
  const shown = await db.from('scores').update({ note: 'x' }, { count: 'exact' }).in('name', [a, b]).select('name,note,points')
  assert.deepEqual([shown.status, shown.count], [200, 2])
  assert.deepEqual(data(shown).map((r) => [r.name, r.note, r.points]).sort(), [[a, 'x', 3], [b, 'x', 2]].sort())
  const none = await db.from('scores').update({ note: 'y' }).eq('name', 'nobody').select()
  assert.deepEqual([none.status, none.data], [200, []])
  const single = await db.from('scores').update({ note: 'z' }).in('name', [a, b]).select().single()
  assert.equal(single.error.code, 'PGRST116')
  assert.deepEqual(data(await db.from('scores').select('note').eq('name', a).single()), { note: 'x' })
})

each('delete', async (db) => {
  const [a, b] = [fresh('d'), fresh('d')]
  data(await db.from('scores').insert([{ name: a }, { name: b }]))
  const gone = data(await db.from('scores').delete().eq('name', a).select('name'))
  assert.deepEqual(gone, [{ name: a }])
  const quiet = await db.from('scores').delete({ count: 'exact' }).eq('name', b)
  assert.deepEqual([quiet.status, quiet.count, quiet.data], [204, 1, null])
  assert.deepEqual(data(await db.from('scores').select().in('name', [a, b])), [])
})

each('maxAffected', async (db, t) => {
  const mark = fresh('m')
  data(await db.from('scores').insert([{ name: fresh(), note: mark }, { name: fresh(), note: mark }]))
  const query = db.from('scores').update({ points: 0 }).eq('note', mark)
  if (!query.maxAffected) return t.skip('this major has no such method')
  const refused = await query.maxAffected(1)
  assert.deepEqual([refused.status, refused.error.code], [400, 'PGRST124'])
  assert.deepEqual(data(await db.from('scores').select('points').eq('note', mark)).map((r) => r.points), [7, 7])
  data(await db.from('scores').update({ points: 0 }).eq('note', mark).maxAffected(2))
  assert.equal((await db.from('scores').delete().eq('note', mark).maxAffected(1)).error.code, 'PGRST124')
})

each('rollback', async (db) => {
  const name = fresh('r')
  const shown = data(await db.from('scores').insert({ name, points: 1 }).select().single().rollback())
  assert.equal(shown.name, name)
  assert.deepEqual(data(await db.from('scores').select().eq('name', name)), [])
})

each('errors', async (db) => {
  const name = fresh('e')
  data(await db.from('scores').insert({ name }))
  const again = await db.from('scores').insert({ name })
  assert.deepEqual([again.status, again.error.code], [409, '23505'])
  assert.ok(again.error.message && 'details' in again.error && 'hint' in again.error)
  assert.equal((await db.from('nowhere').select()).error.code, 'PGRST205')
  assert.equal((await db.from('films').select('nope')).error.code, '42703')
  assert.equal((await db.from('films').select('nope(id)')).error.code, 'PGRST200')
  assert.equal((await db.from('films').select().filter('id', 'foo', '1')).error.code, 'PGRST100')
  assert.equal((await db.from('films').select().eq('id', 'x')).error.code, '22P02')
  assert.equal((await db.from('scores').insert({ name: fresh(), nope: 1 })).error.code, 'PGRST204')
  assert.equal((await db.from('scores').update({ points: null }).eq('name', name)).error.code, '23502')
  assert.equal((await db.from('scores').insert({ name: fresh(), points: -1 })).error.code, '23514')
  await assert.rejects(async () => db.from('films').select('nope').throwOnError(), (error) => error.code === '42703')
  await assert.doesNotReject(async () => db.from('films').select('id').throwOnError())
})
