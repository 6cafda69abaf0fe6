// What a script of another origin may see and send: plain fetch(), with the browser as the judge of CORS.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {api, begin, outside, stranger} from './stage.mjs';

let stage, page, foreign;
before(async () => {
  stage = await begin();
  page = await stage.open();
  foreign = await stage.open('/config.js', stranger);
});
after(() => stage?.end());

const order = () => outside.create('/orders', {note: 'as it was'});

// fetch() in a page: status, fields that the script may read, body. An error of the browser's: {blocked: true}.
function ask(where, path, options = {}) {
  return where.evaluate(async ([url, given]) => {
    try {
      const response = await fetch(url, given);
      const text = await response.text();
      return {status: response.status, fields: Object.fromEntries(response.headers), text,
        data: text ? JSON.parse(text) : undefined};
    } catch (error) {
      return {blocked: error instanceof TypeError};
    }
  }, [api + path, options]);
}

const body = '{"note":"x"}';
const json = {'Content-Type': 'application/json'};

// [label, options of fetch by the order, status, what else must be so]
const readable = [
  ['GET: the tag', () => ({}), 200,
    (got, made) => assert.deepEqual([got.fields.etag, got.data.etag], [made.etag, made.etag])],
  ['GET: Last-Modified and the request id', (made) => outside.dated(`/orders/${made.id}`).then(() => ({})), 200,
    (got) => assert.ok(got.fields['last-modified'] && got.fields['x-request-id'])],
  ['HEAD: the tag', () => ({method: 'HEAD'}), 200, (got, made) => assert.equal(got.fields.etag, made.etag)],
  ['GET with If-None-Match: 304 reaches the script, with the tag',
    (made) => ({headers: {'If-None-Match': made.etag}}), 304,
    (got, made) => assert.deepEqual([got.fields.etag, got.text], [made.etag, ''])],
  ['GET with If-None-Match of an older state', () => ({headers: {'If-None-Match': '"1.1.00000000000000000000"'}}), 200,
    (got) => assert.equal(got.data.note, 'as it was')],
  ['PUT with If-Match: its preflight passes', (made) => ({method: 'PUT', headers: {...json, 'If-Match': made.etag},
    body: '{"note":"put"}'}), 200, (got) => assert.deepEqual([got.data.note, got.fields.etag], ['put', got.data.etag])],
  ['PUT guarded by Midair-If-Match as well: its preflight passes', (made) => ({method: 'PUT', headers: {...json,
    'If-Match': made.etag, 'Midair-If-Match': `<${new URL(api).pathname}/orders/${made.id}> ${made.etag}`}, body}), 200,
  (got) => assert.equal(got.data.note, 'x')],
  ['PATCH as merge patch', (made) => ({method: 'PATCH',
    headers: {'Content-Type': 'application/merge-patch+json', 'If-Match': made.etag}, body: '{"note":null}'}), 200,
  (got) => assert.equal(got.data.note, null)],
  ['PATCH with Prefer: return=minimal keeps the tag', (made) => ({method: 'PATCH',
    headers: {...json, 'If-Match': made.etag, Prefer: 'return=minimal'}, body: '{"note":"m"}'}), 204,
  (got) => assert.match(got.fields.etag, /^"2\./)],
  ['DELETE with If-Match', (made) => ({method: 'DELETE', headers: {'If-Match': made.etag}}), 204, () => {}],
  ['412: body and tag', () => ({method: 'PUT', headers: {...json, 'If-Match': '"1.1.00000000000000000000"'},
    body: '{"note":"lost"}'}), 412, (got, made) => {
    assert.deepEqual([got.data.current, got.data.current_etag, got.fields.etag], [made, made.etag, made.etag]);
    assert.equal(got.fields['content-type'], 'application/problem+json');
  }],
  ['428: body', () => ({method: 'PUT', headers: json, body: '{"note":"blind"}'}), 428,
    (got) => assert.deepEqual([got.data.code, typeof got.data.hint], ['precondition-required', 'string'])],
  ['400: body', (made) => ({method: 'PUT', headers: {...json, 'If-Match': made.etag}, body: '{"note":'}), 400,
    (got) => assert.equal(got.data.status, 400)],
  ['415: body and Accept-Patch', (made) => ({method: 'PATCH',
    headers: {'Content-Type': 'image/png', 'If-Match': made.etag}, body: 'a'}), 415,
  (got) => assert.match(got.fields['accept-patch'], /merge-patch/)],
];

for (const [label, options, status, check] of readable) {
  test(`another origin may read it: ${label}`, async () => {
    const made = await order();
    const got = await ask(page, `/orders/${made.id}`, await options(made));
    assert.equal(got.status, status, JSON.stringify(got));
    await check(got, made);
  });
}

test('another origin may read it: 404', async () => {
  const got = await ask(page, '/orders/999999999');
  assert.deepEqual([got.status, got.data.status], [404, 404]);
});

test('another origin may read it: POST, with tag and Location', async () => {
  const got = await ask(page, '/orders', {method: 'POST', headers: json, body: '{"note":"posted"}'});
  assert.deepEqual([got.status, got.fields.etag, got.data.note], [201, got.data.etag, 'posted']);
  assert.ok(got.fields.location.endsWith(`/orders/${got.data.id}`), got.fields.location);
});

test('another origin may read it: Content-Range of a page of a list', async () => {
  const got = await ask(page, '/orders?limit=2&order=id', {headers: {Prefer: 'count=exact'}});
  assert.equal(got.data.length, 2);
  assert.match(got.fields['content-range'], /^0-1\/\d+$/);
});

test('the browser keeps a copy and asks whether it still holds: no stale read after a write elsewhere', async () => {
  const made = await order();
  const session = await page.context().newCDPSession(page);
  const statuses = [];
  session.on('Network.responseReceivedExtraInfo', (event) => statuses.push(event.statusCode));
  await session.send('Network.enable');
  const path = `/orders/${made.id}`;
  const first = await ask(page, path);
  const second = await ask(page, path);
  await outside.change(path, {note: 'theirs'});
  const third = await ask(page, path);
  await session.detach();
  assert.deepEqual([first.status, second.status, third.status], [200, 200, 200]);
  assert.deepEqual(second.data, first.data);
  assert.equal(third.data.note, 'theirs');
  assert.deepEqual(statuses, [200, 304, 200], 'the second answer came out of the cache, after asking');
});

// What an origin that was not let in gets: nothing to read, and no write.
const strangers = [
  ['GET', () => ({})],
  ['HEAD', () => ({method: 'HEAD'})],
  ['PUT with the right tag', (made) => ({method: 'PUT', headers: {...json, 'If-Match': made.etag}, body})],
  ['PATCH with the right tag', (made) => ({method: 'PATCH', headers: {...json, 'If-Match': made.etag}, body})],
  ['PUT with If-Match: *', () => ({method: 'PUT', headers: {...json, 'If-Match': '*'}, body})],
  ['DELETE with the right tag', (made) => ({method: 'DELETE', headers: {'If-Match': made.etag}})],
  ['DELETE without a precondition', () => ({method: 'DELETE'})],
];

for (const [label, options] of strangers) {
  test(`an origin that is not let in reads and changes nothing: ${label}`, async () => {
    const made = await order();
    assert.deepEqual(await ask(foreign, `/orders/${made.id}`, options(made)), {blocked: true});
    assert.deepEqual(await outside.read(`/orders/${made.id}`), made);
  });
}
