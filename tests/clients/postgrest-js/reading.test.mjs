// select(), order(), limit(), range(), and the shapes that answers come in.
import assert from 'node:assert/strict'
import { data, each, ids } from './stage.mjs'

each('select all, some, none', async (db) => {
  const all = data(await db.from('films').select().eq('id', 1).single())
  assert.equal(all.title, 'Alien')
  assert.ok(!('etag' in all) && 'Box Office' in all)
  assert.deepEqual(data(await db.from('films').select('id, title, "Box Office"').eq('id', 1).single()),
    { id: 1, title: 'Alien', 'Box Office': 100 })
})

each('renames, casts, JSON', async (db) => {
  const row = data(await db.from('films')
    .select('key:id,year::text,studio:meta->studio->>name,meta->studio->name,first:tags->>0').eq('id', 1).single())
  assert.deepEqual(row, { key: 1, year: '1979', studio: 'Fox', name: 'Fox', first: 'space' })
})

each('embeds', async (db) => {
  const film = data(await db.from('films')
    .select('title,director:directors(name),roles(character,actors(name))').eq('id', 2).single())
  assert.deepEqual(film.director, { name: 'Cameron' })
  assert.deepEqual(film.roles, [{ character: 'Ripley', actors: { name: 'Weaver' } }])
  const many = data(await db.from('actors').select('name,films(title)').eq('name', 'Weaver').single())
  assert.deepEqual(many.films.map((f) => f.title).sort(), ['Alien', 'Aliens'])
  const counted = data(await db.from('directors').select('id,films(count)').eq('id', 1).single())
  assert.deepEqual(counted.films, [{ count: 1 }])
  const spread = data(await db.from('films').select('id,...directors(director:name)').eq('id', 1).single())
  assert.deepEqual(spread, { id: 1, director: 'Scott' })
  const hinted = data(await db.from('films').select('id,directors!films_director_id_fkey(name)').eq('id', 1).single())
  assert.deepEqual(hinted.directors, { name: 'Scott' })
})

each('aggregates', async (db) => {
  const sums = data(await db.from('films').select('mood,count(),year.max()').order('mood').not('mood', 'is', null))
  assert.deepEqual(sums, [{ mood: 'calm', count: 2, max: 1995 }, { mood: 'busy', count: 1, max: 1986 }])
  assert.deepEqual(data(await db.from('films').select('total:"Box Office".sum()')), [{ total: 300 }])
})

each('aggregates of spreads', async (db) => {
  const rows = data(await db.from('films').select('mood,...directors(last:name.max(),n:count())').order('mood').not('mood', 'is', null))
  assert.deepEqual(rows, [{ mood: 'calm', last: 'Scott', n: 2 }, { mood: 'busy', last: 'Cameron', n: 1 }])
})

each('computed fields and relationships', async (db) => {
  const rows = data(await db.from('films').select('headline,maker(name,made(headline))').eq('headline', 'ALIEN'))
  assert.deepEqual(rows, [{ headline: 'ALIEN', maker: { name: 'Scott', made: [{ headline: 'ALIEN' }] } }])
  assert.deepEqual(ids(await db.from('films').select('id,maker!inner(name)').order('headline', { ascending: false })), [3, 2, 1])
  const called = data(await db.rpc('films_after', { year: 1990 }).select('headline,maker(name)').eq('id', 3).single())
  assert.deepEqual(called, { headline: 'HEAT', maker: { name: 'Mann' } })
})

each('order', async (db) => {
  const order = async (...terms) =>
    ids(await terms.reduce((query, term) => query.order(...term), db.from('films').select('id')))
  assert.deepEqual(await order(['year', { ascending: false }]), [4, 5, 3, 2, 1])
  assert.deepEqual(await order(['rating', { nullsFirst: true }], ['id']), [4, 5, 2, 1, 3])
  assert.deepEqual(await order(['rating', { ascending: false, nullsFirst: false }], ['id']), [3, 1, 2, 5, 4])
  assert.deepEqual(await order(['meta->studio->>name', { nullsFirst: false }], ['id', { ascending: false }]), [2, 1, 3, 5, 4])
})

each('order and limit of embedded resources', async (db) => {
  const top = data(await db.from('actors').select('name,films(id)').eq('name', 'Weaver')
    .order('year', { ascending: false, referencedTable: 'films' }).limit(1, { referencedTable: 'films' }).single())
  assert.deepEqual(top.films, [{ id: 2 }])
  const second = data(await db.from('actors').select('name,films(id)').eq('name', 'Weaver')
    .order('id', { referencedTable: 'films' }).range(1, 1, { referencedTable: 'films' }).single())
  assert.deepEqual(second.films, [{ id: 2 }])
  const by = ids(await db.from('films').select('id,directors(name)').not('director_id', 'is', null)
    .order('directors(name)', { ascending: false }).limit(1))
  assert.deepEqual(by, [1])
})

each('limit, range and counts', async (db) => {
  assert.deepEqual(ids(await db.from('films').select('id').order('id').limit(2)), [1, 2])
  const page = await db.from('films').select('id', { count: 'exact' }).order('id').range(1, 2)
  assert.deepEqual([ids(page), page.count, page.status], [[2, 3], 5, 206])
  const none = await db.from('films').select('id', { count: 'exact' }).lt('id', 0)
  assert.deepEqual([data(none), none.count, none.status], [[], 0, 200])
  const behind = await db.from('films').select('id', { count: 'exact' }).range(10, 20)
  assert.deepEqual([behind.error.code, behind.status], ['PGRST103', 416])
  for (const count of ['planned', 'estimated']) {
    assert.ok(Number.isInteger((await db.from('films').select('id', { count }).limit(1)).count))
  }
})

each('head', async (db) => {
  const head = await db.from('films').select('*', { count: 'exact', head: true }).gt('year', 1980)
  assert.deepEqual([head.error, head.count, head.status], [null, 4, 200])
  assert.ok(!head.data)
  const wrong = await db.from('nowhere').select('*', { count: 'exact', head: true })
  assert.deepEqual([wrong.status, wrong.count], [204, null]) // what the client makes of 404 without a body
})

each('single and maybeSingle', async (db) => {
  assert.deepEqual(data(await db.from('films').select('id').eq('id', 1).single()), { id: 1 })
  const many = await db.from('films').select('id').lt('id', 3).single()
  assert.deepEqual([many.error.code, many.status], ['PGRST116', 406])
  const none = await db.from('films').select('id').eq('id', 0).single()
  assert.equal(none.error.code, 'PGRST116')
  const maybe = await db.from('films').select('id').eq('id', 0).maybeSingle()
  assert.deepEqual([maybe.data, maybe.error], [null, null])
  assert.deepEqual(data(await db.from('films').select('id').eq('id', 1).maybeSingle()), { id: 1 })
  assert.ok((await db.from('films').select('id').lt('id', 3).maybeSingle()).error)
})

each('csv', async (db) => {
  const text = data(await db.from('films').select('id,title').lte('id', 2).order('id').csv())
  assert.equal(text.trimEnd(), 'id,title\n1,Alien\n2,Aliens')
})

each('stripNulls', async (db, t) => {
  const query = db.from('films').select('id,rating').eq('id', 4)
  if (!query.stripNulls) return t.skip('this major has no such method')
  assert.deepEqual(data(await query.stripNulls()), [{ id: 4 }])
})

each('explain', async (db) => {
  const text = data(await db.from('films').select('id').explain())
  assert.match(text, /films/)
  const json = data(await db.from('films').select('id').explain({ format: 'json', analyze: true }))
  assert.ok(Array.isArray(json) && json[0].Plan)
})

each('geojson', async (db) => {
  const shown = data(await db.from('cinemas').select('id,spot').order('id').geojson())
  assert.equal(shown.type, 'FeatureCollection')
  assert.deepEqual(shown.features.map((f) => [f.geometry.coordinates, f.properties]), [[[4.35, 50.85], { id: 1 }]])
  assert.equal((await db.from('directors').select().geojson()).error.code, 'PGRST107')
})

each('another schema', async (db) => {
  const other = db.schema('annex')
  assert.deepEqual(data(await other.from('memos').select()), [{ id: 1, memo: 'in the annex' }])
  assert.equal((await db.schema('nowhere').from('memos').select()).error.code, 'PGRST106')
  assert.equal(data(await other.rpc('whereabouts')), 'annex')
})

each('an aborted request, and the next one', async (db) => {
  const abort = new AbortController()
  abort.abort()
  const gone = await db.from('films').select().abortSignal(abort.signal).then((a) => a, (error) => ({ error }))
  assert.ok(gone.error)
  assert.equal(ids(await db.from('films').select('id')).length, 5)
})
