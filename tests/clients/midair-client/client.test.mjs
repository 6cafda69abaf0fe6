import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ConflictError, MidairError, changes, equal, merge} from 'midair-client';
import {ask, change, client, order, read} from './stage.mjs';

// [label, base, theirs, wanted, write, conflicts]
const merges = [
  ['nothing changed by others', {a: 1, b: 1}, {a: 1, b: 1}, {a: 2}, {a: 2}, []],
  ['others changed another column', {a: 1, b: 1}, {a: 1, b: 2}, {a: 2}, {a: 2}, []],
  ['both changed one column', {a: 1}, {a: 3}, {a: 2}, {a: 2}, ['a']],
  ['both made the same change', {a: 1}, {a: 2}, {a: 2}, {}, []],
  ['others changed it and back again', {a: 1}, {a: 1}, {a: 2}, {a: 2}, []],
  ['null is a value', {a: 1}, {a: null}, {a: 2}, {a: 2}, ['a']],
  ['to null', {a: 1}, {a: 1}, {a: null}, {a: null}, []],
  ['jsonb with members in another order', {a: {x: 1, y: 2}}, {a: {y: 2, x: 1}}, {a: {x: 2, y: 2}}, {a: {x: 2, y: 2}}, []],
  ['arrays are compared in order', {a: [1, 2]}, {a: [2, 1]}, {a: [1, 2, 3]}, {a: [1, 2, 3]}, ['a']],
  ['an array is not an object', {a: []}, {a: {}}, {a: [1]}, {a: [1]}, ['a']],
  ['a column that base does not have', {}, {a: 1}, {a: 2}, {a: 2}, ['a']],
];
for (const [label, base, theirs, wanted, write, conflicts] of merges)
  test(`merge: ${label}`, () => assert.deepEqual(merge(base, theirs, wanted), {write, conflicts}));

test('changes: members that are left out are unchanged', () => {
  assert.deepEqual(changes({a: 1, b: {c: [1]}}, {b: {c: [1]}}), {});
  assert.deepEqual(changes(undefined, {a: 1}), {a: 1});
  assert.ok(equal(NaN, NaN) && !equal(null, {}) && !equal({a: undefined}, {b: undefined}));
});

test('save sends the changed columns with the tag, and nothing if there are none', async () => {
  const path = await order();
  const own = client();
  const row = await own.get(path);
  assert.deepEqual(await own.save(path, {...row}), row);
  assert.deepEqual(own.sent, [`GET ${path}`]);
  const saved = await own.save(path, {...row, note: 'mine'});
  assert.deepEqual([saved.note, saved.version], ['mine', 2]);
  assert.equal((await own.save(path, {...saved, note: 'again'})).version, 3, 'the tag of the answer serves the next save');
  assert.equal(own.etag(path), (await ask('GET', path)).tag);
});

test('other columns are merged without a question', async () => {
  const path = await order();
  const own = client();
  const row = await own.get(path);
  await change(path, {status: 'paid'});
  const saved = await own.save(path, {...row, note: 'mine'}, {conflict: () => assert.fail('there is none')});
  assert.deepEqual([saved.note, saved.status], ['mine', 'paid']);
});

// [label, conflict, what is stored, or null: it rejects]
const policies = [
  ['merge rejects', 'merge', null],
  ['mine', 'mine', {note: 'mine', count: 5}],
  ['theirs', 'theirs', {note: 'theirs', count: 5}],
  ['a function chooses', ({mine, theirs}) => ({note: `${theirs.note} and ${mine.note}`}), {note: 'theirs and mine', count: 5}],
  ['a promise chooses', async ({base}) => ({note: base.note}), {note: 'as it was', count: 5}],
  ['a function rejects', () => null, null],
];
for (const [label, conflict, stored] of policies) {
  test(`one column changed by both: ${label}`, async () => {
    const path = await order();
    const own = client();
    const row = await own.get(path);
    await change(path, {note: 'theirs'});
    const saving = own.save(path, {...row, note: 'mine', count: 5}, {conflict});
    if (stored) {
      const {note, count} = await saving;
      assert.deepEqual({note, count}, stored);
    } else {
      await assert.rejects(saving, (error) => {
        assert.ok(error instanceof ConflictError && error instanceof MidairError);
        assert.deepEqual([error.status, error.columns, error.base.note, error.mine, error.theirs.note],
          [412, ['note'], 'as it was', {note: 'mine', count: 5}, 'theirs']);
        return true;
      });
      assert.deepEqual([(await read(path)).note, (await read(path)).count], ['theirs', 1], 'nothing is changed');
    }
  });
}

test('after a conflict the same form can be saved with what the user chose', async () => {
  const path = await order();
  const own = client();
  const row = await own.get(path);
  await change(path, {note: 'theirs'});
  const {theirs} = await own.save(path, {...row, note: 'mine'}).catch((error) => error);
  const saved = await own.save(path, {...theirs, note: 'both'});
  assert.equal(saved.note, 'both');
});

test('a form that is older than what the client has seen since is judged by its own version', async () => {
  const path = await order();
  const own = client();
  const form = await own.get(path);
  await change(path, {note: 'theirs', count: 7});
  await own.get(path); // another part of the page shows the row as it is now
  const {note, count, status} = await own.save(path, {...form, status: 'mine'});
  assert.deepEqual({note, count, status}, {note: 'theirs', count: 7, status: 'mine'});
  await assert.rejects(own.save(path, {...form, note: 'mine'}), (error) => error.columns.join() === 'note');
});

test('a row whose version the client has not seen: every column that differs is a conflict', async () => {
  const path = await order();
  const form = await read(path);
  await change(path, {count: 7});
  await assert.rejects(client().save(path, {...form, note: 'mine'}),
    (error) => error instanceof ConflictError && error.columns.includes('note') && error.columns.includes('count'));
});

test('a row that somebody deleted is a conflict without theirs', async () => {
  const path = await order();
  const own = client();
  const row = await own.get(path);
  await ask('DELETE', path, undefined, {'If-Match': '*'});
  await assert.rejects(own.save(path, {...row, note: 'mine'}), (error) => error.status === 404 || error.theirs === null);
});

test('many clients add to one column, and nothing is lost', async () => {
  const path = await order({note: ''});
  const add = async (letter) => {
    const own = client();
    for (let saved = null; !saved;) {
      const row = await own.get(path);
      saved = await own.save(path, {...row, note: row.note + letter}, {conflict: ({theirs}) => ({note: theirs.note + letter})})
        .catch((error) => assert.equal(error.status, 412));
    }
  };
  await Promise.all([...'abcdefgh'].map(add));
  assert.equal([...(await read(path)).note].sort().join(''), 'abcdefgh');
});

test('a save whose answer was lost is done once', async () => {
  const path = await order();
  const own = client({}, async (number, send) => {
    const answer = await send();
    if (number === 2)
      throw new TypeError('the connection is lost');
    return answer;
  });
  const row = await own.get(path);
  const saved = await own.save(path, {...row, note: 'mine'});
  assert.deepEqual([saved.note, saved.version], ['mine', 2]);
});

test('a delete whose answer was lost', async () => {
  const path = await order();
  const own = client({}, async (number, send) => {
    const answer = await send();
    if (number === 2)
      throw new TypeError('the connection is lost');
    return answer;
  });
  await own.get(path);
  await own.remove(path);
  assert.equal((await ask('GET', path)).status, 404);
});

test('409 with Retry-After is an earlier attempt that still runs; another 409 is not repeated', async () => {
  const refuse = (headers) => Promise.resolve(new Response('{}', {status: 409, headers}));
  const busy = client({idempotency: true}, (number, send) => (number === 1 ? refuse({'Retry-After': '0'}) : send()));
  assert.equal((await busy.create('/orders', {note: 'x'})).note, 'x');
  const taken = client({idempotency: true}, () => refuse({}));
  await assert.rejects(taken.create('/orders', {note: 'x'}), (error) => error.status === 409);
  assert.equal(taken.sent.length, 1);
});

test('503 is waited out, and then given up', async () => {
  const path = await order();
  const busy = () => Promise.resolve(new Response('{"detail":"busy"}',
    {status: 503, headers: {'Content-Type': 'application/problem+json'}}));
  const once = client({}, (number, send) => (number === 1 ? busy() : send()));
  assert.equal((await once.get(path)).note, 'as it was');
  const never = client({retries: 2}, busy);
  await assert.rejects(never.get(path), (error) => error.status === 503 && error.message === 'busy');
  assert.equal(never.sent.length, 3);
});

test('a POST is not repeated unless the server keeps Idempotency-Keys', async () => {
  const own = client({}, () => Promise.reject(new TypeError('no network')));
  await assert.rejects(own.create('/orders', {note: 'x'}), TypeError);
  assert.equal(own.sent.length, 1);
});

test('a create whose answer was lost is done once, under one Idempotency-Key', async () => {
  const note = `once ${Math.random()}`;
  const keys = new Set();
  const own = client({idempotency: true}, async (number, send, init) => {
    keys.add(init.headers['Idempotency-Key']);
    const answer = await send();
    if (number < 3)
      throw new TypeError('the connection is lost');
    return answer;
  });
  const made = await own.create('/orders', {note});
  assert.deepEqual([own.sent.length, keys.size, made.note], [3, 1, note]);
  assert.equal((await client().list(`/orders?note=eq.${encodeURIComponent(note)}`)).length, 1);
  assert.equal((await own.save(`/orders/${made.id}`, {...made, note: 'saved'})).note, 'saved', 'the tag of the kept answer is current');
});

test('create keeps the tag, so that the row can be saved and removed', async () => {
  const own = client();
  const made = await own.create('/orders', {note: 'made'});
  const saved = await own.save(`/orders/${made.id}`, {...made, note: 'saved'});
  assert.equal(saved.note, 'saved');
  await own.remove(`/orders/${made.id}`);
  assert.equal(own.loaded(`/orders/${made.id}`), undefined);
});

test('a delete of a changed row is a conflict', async () => {
  const path = await order();
  const own = client();
  await own.get(path);
  await change(path, {note: 'theirs'});
  await assert.rejects(own.remove(path), (error) => error instanceof ConflictError && error.theirs.note === 'theirs');
  await own.remove(path, {etag: (await ask('GET', path)).tag});
});

test('rows of a list can be saved', async () => {
  const path = await order({note: 'in a list'});
  const own = client();
  const rows = await own.list('/orders?note=eq.in%20a%20list', {key: 'id', count: 'exact'});
  assert.equal(rows.total, rows.length);
  assert.equal((await own.save(path, {...rows.find((row) => `/orders/${row.id}` === path), note: 'saved'})).note, 'saved');
  assert.equal(own.sent.length, 2, 'without loading it again');
});

test('keys with reserved characters', async () => {
  const own = client();
  await own.create('/pairs', {a: 'x/y', b: 'ü,?', note: 'n'});
  const [row] = await own.list('/pairs?a=eq.x/y', {key: ['a', 'b']});
  const saved = await own.save(own.adopt('/pairs', row, ['a', 'b']), {...row, note: 'saved'});
  assert.deepEqual([saved.a, saved.b, saved.note], ['x/y', 'ü,?', 'saved']);
});

test('a jsonb column is replaced, not merged', async () => {
  const own = client();
  await own.create('/products', {sku: 'client-json', data: {a: 1, b: {c: 1}}});
  const row = await own.get('/products/client-json');
  assert.deepEqual((await own.save('/products/client-json', {...row, data: {b: {}}})).data, {b: {}});
});

test('what was not loaded is not saved', async () => {
  await assert.rejects(client().save('/orders/1', {note: 'x'}), TypeError);
  await assert.rejects(client().remove('/orders/1'), TypeError);
});

test('errors carry the problem document', async () => {
  await assert.rejects(client().get('/nowhere'), (error) => error.status === 404 && error.problem.status === 404);
  const path = await order();
  const own = client();
  const row = await own.get(path);
  await assert.rejects(own.save(path, {...row, total: -1}), (error) => !(error instanceof ConflictError) && error.status === 400 && error.problem.code === '23514');
});
