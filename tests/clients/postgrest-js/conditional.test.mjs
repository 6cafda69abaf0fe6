// What these clients gain: a tag in If-Match makes their writes conditional, and a lost update is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, data, defaultUrl, each, fresh, url } from './stage.mjs'

// A fetch that keeps the ETag of the last answer: the client hands on nothing of the header.
function watched() {
  const seen = async (...args) => {
    const answer = await fetch(...args)
    seen.etag = answer.headers.get('etag')
    return answer
  }
  return seen
}

each('the tag of the header', async (_, t, Client) => {
  const keeper = watched()
  const db = new Client(url, { fetch: keeper })
  const name = fresh('c')
  data(await db.from('scores').insert({ name, points: 1 }))
  data(await db.from('scores').select().eq('name', name).single())
  const tag = keeper.etag
  assert.match(tag, /^"1\./)

  const mine = await db.from('scores').update({ points: 2 }).eq('name', name).setHeader('If-Match', tag).select().single()
  assert.equal(data(mine).points, 2)
  assert.match(keeper.etag, /^"2\./)
  const lost = await db.from('scores').update({ points: 3 }).eq('name', name).setHeader('If-Match', tag).select().single()
  assert.deepEqual([lost.status, lost.data], [412, null])
  assert.equal(data(await db.from('scores').select('points').eq('name', name).single()).points, 2)
  const kept = await db.from('scores').delete().eq('name', name).setHeader('If-Match', tag)
  assert.equal(kept.status, 412)
  data(await db.from('scores').select().eq('name', name).single())
  assert.equal((await db.from('scores').delete().eq('name', name).setHeader('If-Match', keeper.etag)).status, 204)
})

each('a tag of another row, and junk, change nothing', async (_, t, Client) => {
  const keeper = watched()
  const db = new Client(url, { fetch: keeper })
  const [a, b] = [fresh('c'), fresh('c')]
  data(await db.from('scores').insert([{ name: a, points: 1 }, { name: b, points: 1 }]))
  data(await db.from('scores').select().eq('name', b).single())
  const other = keeper.etag
  for (const [tag, status] of [[other, 412], ['"junk"', 412], [`W/${other}`, 412], ['"', 400]]) {
    assert.equal((await db.from('scores').update({ points: 9 }).eq('name', a).setHeader('If-Match', tag)).status, status, tag)
  }
  const both = await db.from('scores').update({ points: 9 }).in('name', [a, b]).setHeader('If-Match', other)
  assert.equal(both.status, 412)
  assert.deepEqual(data(await db.from('scores').select('points').in('name', [a, b])), [{ points: 1 }, { points: 1 }])
})

each('of many writers with one tag one wins', async (_, t, Client) => {
  const keeper = watched()
  const db = new Client(url, { fetch: keeper })
  const name = fresh('c')
  data(await db.from('scores').insert({ name, points: 0 }))
  data(await db.from('scores').select().eq('name', name).single())
  const tag = keeper.etag
  const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((points) =>
    db.from('scores').update({ points }).eq('name', name).setHeader('If-Match', tag)))
  assert.deepEqual(answers.map((a) => a.status).sort(), [204, 412, 412, 412, 412, 412, 412, 412])
})

each('a tag of what was shown with its relatives', async (_, t, Client) => {
  const keeper = watched()
  const db = new Client(url, { fetch: keeper })
  const id = Math.floor(Math.random() * 1e8) + 1000
  data(await db.from('directors').insert({ id, name: 'Tree' }))
  data(await db.from('films').insert({ id, title: 'Leaf', director_id: id }))
  data(await db.from('directors').select('*,films(*)').eq('id', id).single())
  const tag = keeper.etag
  data(await db.from('films').update({ title: 'Bud' }).eq('id', id))
  assert.equal((await db.from('directors').update({ name: 'Bush' }).eq('id', id).setHeader('If-Match', tag)).status, 412)
  data(await db.from('films').delete().eq('id', id))
  data(await db.from('directors').delete().eq('id', id))
})

// The default dialect asks for a precondition, shows each row's tag in its member `etag`, and answers writes with the row.
for (const [name, Client] of Object.entries(clients)) {
  test(`the tag of the body, in the default dialect (${name})`, async () => {
    const db = new Client(defaultUrl)
    const key = fresh('b')
    const made = data(await db.from('scores').insert({ name: key, points: 1 }).select())
    const row = Array.isArray(made) ? made[0] : made
    assert.match(row.etag, /^"1\./)

    const bare = await db.from('scores').update({ points: 2 }).eq('name', key)
    assert.deepEqual([bare.status, bare.error.code], [428, 'precondition-required'])
    const [first] = data(await db.from('scores').update({ points: 2 }).eq('name', key).setHeader('If-Match', row.etag).select())
    assert.deepEqual([first.points, /^"2\./.test(first.etag)], [2, true])
    const lost = await db.from('scores').update({ points: 3 }).eq('name', key).setHeader('If-Match', row.etag).select()
    assert.deepEqual([lost.status, lost.error.code], [412, 'precondition-failed'])
    const listed = data(await db.from('scores').select().eq('name', key))
    assert.deepEqual([listed[0].points, listed[0].etag], [2, first.etag])
    const sent = await db.from('scores').upsert({ ...listed[0], points: 4 }).select()
    assert.equal(data(sent)[0].points, 4)
    const stale = await db.from('scores').upsert({ ...listed[0], points: 5 }).select()
    assert.equal(stale.status, 412)
    assert.equal((await db.from('scores').delete().eq('name', key)).status, 428)
    assert.equal((await db.from('scores').delete().eq('name', key).setHeader('If-Match', '*')).status, 204)
  })
}
