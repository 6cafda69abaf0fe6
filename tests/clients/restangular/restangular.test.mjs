// Restangular 1.6.1 as its users call it, one row a habit of theirs. Steps run in the page, checks outside of it.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {call, settled, watch} from './call.mjs';
import {api, begin, outside} from './stage.mjs';

let stage, page, wire;
before(async () => {
  stage = await begin();
  page = await stage.open();
  wire = watch(page, api);
});
after(() => stage?.end());

const order = () => outside.create('/orders', {customer_id: 1, note: 'as it was'});
const now = (made) => outside.read(`/orders/${made.id}`);

async function family() {
  const parent = await order();
  const child = await outside.create('/items', {order_id: parent.id, product: 'mug', quantity: 1});
  return {...parent, child};
}

// [label, what there is first, what the page does, what must be so: (result, sent requests, made)]
const rows = [
  ['list, element, put, put of what came back', order,
    async ({Restangular, its, plain}) => {
      const list = await Restangular.all('orders').getList({id: `eq.${its.id}`});
      const element = list[0];
      element.note = 'first';
      const second = await element.put();
      second.note = 'second';
      const third = await second.put();
      return {listed: element.etag, second: second.etag, third: plain(third)};
    },
    async (got, sent, made) => {
      assert.equal(got.listed, made.etag);
      assert.deepEqual(sent.map((s) => [s.method, s.match, s.status]),
        [['GET', undefined, 200], ['PUT', made.etag, 200], ['PUT', got.second, 200]]);
      assert.deepEqual(got.third, await now(made));
      assert.deepEqual([got.third.note, got.third.version], ['second', 3]);
    }],

  ['one element, put', order,
    async ({Restangular, its, plain}) => {
      const element = await Restangular.one('orders', its.id).get();
      element.note = 'single';
      return plain(await element.put());
    },
    async (got, sent, made) => {
      assert.equal(sent[1].match, made.etag);
      assert.deepEqual(got, await now(made));
    }],

  ['a second put on the same object sends the old tag: refused with what is there now', order,
    async ({Restangular, its, refusal}) => {
      const element = await Restangular.one('orders', its.id).get();
      element.note = 'a';
      await element.put();
      element.note = 'b';
      return refusal(element.put());
    },
    async (got, sent, made) => {
      assert.deepEqual(sent.map((s) => s.status), [200, 200, 412]);
      assert.equal(got.data.current.note, 'a');
      assert.equal(got.data.current_etag, got.tag);
      assert.deepEqual(got.data.current, await now(made));
    }],

  ['a refused put, put again on top of the current state', order,
    async ({Restangular, its, plain, refusal}) => {
      const [mine, theirs] = await Promise.all([1, 2].map(() => Restangular.one('orders', its.id).get()));
      theirs.note = 'theirs';
      await theirs.put();
      mine.status = 'mine';
      const {data} = await refusal(mine.put());
      const merged = Restangular.restangularizeElement(null, {...data.current, status: mine.status}, 'orders', true);
      return plain(await merged.put());
    },
    async (got, sent, made) => {
      assert.deepEqual([got.note, got.status, got.version], ['theirs', 'mine', 3]);
      assert.deepEqual(got, await now(made));
    }],

  ['a copy keeps its tag', order,
    async ({Restangular, its, plain}) => {
      const copy = Restangular.copy(await Restangular.one('orders', its.id).get());
      copy.note = 'copied';
      return plain(await copy.put());
    },
    (got, sent, made) => assert.deepEqual([sent[1].match, got.note], [made.etag, 'copied'])],

  ['save of an element from the server is a put', order,
    async ({Restangular, its, plain}) => {
      const element = await Restangular.one('orders', its.id).get();
      element.note = 'saved';
      return plain(await element.save());
    },
    (got, sent, made) => assert.deepEqual([sent[1].method, sent[1].match, got.note], ['PUT', made.etag, 'saved'])],

  ['get again: 304 hands back the local object, with the changes made to it', order,
    async ({Restangular, its}) => {
      const element = await Restangular.one('orders', its.id).get();
      element.note = 'only here';
      const again = await element.get();
      return {same: again === element, note: again.note, etag: again.etag};
    },
    (got, sent, made) => {
      assert.deepEqual(got, {same: true, note: 'only here', etag: made.etag});
      assert.deepEqual([sent[1].noneMatch, sent[1].status], [made.etag, 304]);
    }],

  ['get again after a change by another program', order,
    async ({Restangular, its}) => {
      const element = await Restangular.one('orders', its.id).get();
      const put = await fetch(`${window.API}/orders/${its.id}`, {method: 'PATCH', body: '{"note":"theirs"}',
        headers: {'Content-Type': 'application/json', 'If-Match': '*'}});
      const again = await element.get();
      return {put: put.status, same: again === element, note: again.note, fresh: again.etag !== element.etag};
    },
    (got) => assert.deepEqual(got, {put: 200, same: false, note: 'theirs', fresh: true})],

  ['a list again: 304 hands back the local list', order,
    async ({Restangular, its}) => {
      const list = await Restangular.all('orders').getList({id: `eq.${its.id}`});
      const again = await list.getList({id: `eq.${its.id}`});
      return {same: again === list, length: again.length, note: again[0].note};
    },
    (got, sent) => {
      assert.deepEqual(got, {same: true, length: 1, note: 'as it was'});
      assert.deepEqual([sent[1].status, Boolean(sent[1].noneMatch)], [304, true]);
    }],

  ['list.get(id) sends the tag of the list: no 304 for it', order,
    async ({Restangular, its, plain}) => {
      const list = await Restangular.all('orders').getList({id: `eq.${its.id}`});
      return {list: list.etag, element: plain(await list.get(its.id))};
    },
    (got, sent, made) => {
      assert.deepEqual([sent[1].noneMatch, sent[1].status], [got.list, 200]);
      assert.deepEqual(got.element, made);
    }],

  ['post to a list: body and tag come back, and a put goes on from there', order,
    async ({Restangular, plain}) => {
      const made = await Restangular.all('orders').post({customer_id: 2, note: 'posted'});
      const posted = plain(made);
      made.note = 'edited';
      return {posted, edited: plain(await made.put())};
    },
    async (got, sent) => {
      assert.deepEqual(sent.map((s) => [s.method, s.path, s.status]),
        [['POST', '/orders', 201], ['PUT', `/orders/${got.posted.id}`, 200]]);
      assert.equal(sent[1].match, got.posted.etag);
      assert.deepEqual([got.posted.version, got.edited.version, got.edited.note], [1, 2, 'edited']);
      assert.deepEqual(await now(got.posted), got.edited);
    }],

  ['post of a copy that carries a tag still sends it: a tag of a row holds for no collection', order,
    async ({Restangular, its, refusal}) => {
      const element = await Restangular.one('orders', its.id).get();
      return refusal(Restangular.all('orders').post({note: 'a copy', etag: element.etag}));
    },
    (got, sent, made) => assert.deepEqual([sent[1].match, got.status], [made.etag, 412])],

  ['patch with the fields that changed', order,
    async ({Restangular, its, plain}) => {
      const element = await Restangular.one('orders', its.id).get();
      const patched = await element.patch({count: 5});
      patched.note = 'then put';
      return {patched: patched.etag, last: plain(await patched.put())};
    },
    async (got, sent, made) => {
      assert.deepEqual(sent.map((s) => [s.method, s.match]),
        [['GET', undefined], ['PATCH', made.etag], ['PUT', got.patched]]);
      assert.deepEqual([got.last.count, got.last.note], [5, 'then put']);
      assert.deepEqual(await now(made), got.last);
    }],

  ['patch of a stale object', order,
    async ({Restangular, its, refusal}) => {
      const element = await Restangular.one('orders', its.id).get();
      await element.patch({count: 1});
      return refusal(element.patch({count: 2}));
    },
    async (got, sent, made) => assert.deepEqual([got.status, (await now(made)).count], [412, 1])],

  ['remove', order,
    async ({Restangular, its}) => {
      const element = await Restangular.one('orders', its.id).get();
      return String(await element.remove());
    },
    async (got, sent, made) => {
      assert.equal(got, 'undefined');
      assert.deepEqual([sent[1].method, sent[1].match, sent[1].status], ['DELETE', made.etag, 204]);
      assert.equal((await outside.ask('GET', `/orders/${made.id}`)).status, 404);
    }],

  ['remove of a stale object', order,
    async ({Restangular, its, refusal}) => {
      const element = await Restangular.one('orders', its.id).get();
      await element.patch({count: 1});
      return refusal(element.remove());
    },
    async (got, sent, made) => assert.deepEqual([got.status, (await now(made)).count], [412, 1])],

  ['remove without ever having read it', order,
    ({Restangular, its, refusal}) => refusal(Restangular.one('orders', its.id).remove()),
    async (got, sent, made) => {
      assert.deepEqual([got.status, got.data.code, sent[0].match], [428, 'precondition-required', undefined]);
      assert.deepEqual(await now(made), made);
    }],

  ['put of an object made by hand, without a tag', order,
    async ({Restangular, its, refusal}) => {
      const element = Restangular.restangularizeElement(null, {id: its.id, note: 'blind'}, 'orders', true);
      return refusal(element.put());
    },
    async (got, sent, made) => {
      assert.deepEqual([got.status, typeof got.data.hint], [428, 'string']);
      assert.deepEqual(await now(made), made);
    }],

  ['get of what is not there', order,
    ({Restangular, refusal}) => refusal(Restangular.one('orders', 999999999).get()),
    (got) => assert.deepEqual([got.status, got.data.status], [404, 404])],

  ['head shows the tag', async () => {
    const made = await order();
    await outside.dated(`/orders/${made.id}`);
    return made;
  },
  async ({Restangular, its}) => {
    const full = Restangular.withConfig((provider) => provider.setFullResponse(true));
    const answer = await full.one('orders', its.id).head();
    return {tag: answer.headers('ETag'), modified: Boolean(answer.headers('Last-Modified'))};
  },
  (got, sent, made) => assert.deepEqual(got, {tag: made.etag, modified: true})],

  ['children by getList on an element: the tag of the parent is no tag of theirs', family,
    async ({Restangular, its, plain}) => {
      const parent = await Restangular.one('orders', its.id).get();
      const children = await parent.getList('items');
      children[0].product = 'lamp';
      return {length: children.length, saved: plain(await children[0].put())};
    },
    async (got, sent, made) => {
      assert.deepEqual([sent[1].path, sent[1].noneMatch, sent[1].status], [`/orders/${made.id}/items`, made.etag, 200]);
      assert.deepEqual([sent[2].path, sent[2].match, sent[2].status],
        [`/orders/${made.id}/items/${made.child.id}`, made.child.etag, 200]);
      assert.deepEqual([got.length, got.saved.product], [1, 'lamp']);
      assert.deepEqual(await outside.read(`/items/${made.child.id}`), got.saved);
    }],

  ['a child through one().one() has the same tag as at its own address', family,
    async ({Restangular, its, plain}) =>
      plain(await Restangular.one('orders', its.id).one('items', its.child.id).get()),
    (got, sent, made) => assert.deepEqual(got, made.child)],

  ['customPUT on a sub-URL sends the tag of the parent', family,
    async ({Restangular, its}) => {
      const parent = await Restangular.one('orders', its.id).get();
      const saved = await parent.customPUT({product: 'vase', quantity: 2}, `items/${its.child.id}`);
      return {product: saved.product, etag: saved.etag};
    },
    async (got, sent, made) => {
      assert.deepEqual([sent[1].method, sent[1].match, sent[1].status], ['PUT', made.etag, 200]);
      const child = await outside.read(`/items/${made.child.id}`);
      assert.deepEqual([child.product, child.quantity, child.etag], ['vase', 2, got.etag]);
    }],

  ['customPUT on a sub-URL when the parent has changed', family,
    async ({Restangular, its, refusal}) => {
      const parent = await Restangular.one('orders', its.id).get();
      await parent.patch({count: 7});
      return refusal(parent.customPUT({product: 'vase'}, `items/${its.child.id}`));
    },
    async (got, sent, made) => {
      assert.equal(got.status, 412);
      assert.deepEqual(await outside.read(`/items/${made.child.id}`), made.child);
    }],

  ['customPUT on a sub-URL with the child\'s own object sends the child\'s tag', family,
    async ({Restangular, its}) => {
      const parent = await Restangular.one('orders', its.id).get();
      const child = await Restangular.one('items', its.child.id).get();
      child.product = 'clock';
      return (await parent.customPUT(child, `items/${its.child.id}`)).product;
    },
    (got, sent, made) => assert.deepEqual([sent[2].match, sent[2].status, got], [made.child.etag, 200, 'clock'])],

  ['customDELETE on a sub-URL sends the tag of the parent', family,
    async ({Restangular, its}) => {
      const parent = await Restangular.one('orders', its.id).get();
      return String(await parent.customDELETE(`items/${its.child.id}`));
    },
    async (got, sent, made) => {
      assert.deepEqual([sent[1].match, sent[1].status], [made.etag, 204]);
      assert.equal((await outside.ask('GET', `/items/${made.child.id}`)).status, 404);
    }],

  ['customDELETE on a sub-URL when the parent has changed', family,
    async ({Restangular, its, refusal}) => {
      const parent = await Restangular.one('orders', its.id).get();
      await parent.patch({count: 7});
      return refusal(parent.customDELETE(`items/${its.child.id}`));
    },
    async (got, sent, made) => {
      assert.equal(got.status, 412);
      assert.deepEqual(await outside.read(`/items/${made.child.id}`), made.child);
    }],

  ['post of a child takes the foreign key from the path', family,
    async ({Restangular, its, plain}) =>
      plain(await Restangular.one('orders', its.id).all('items').post({product: 'chair'})),
    (got, sent, made) => {
      assert.deepEqual([got.order_id, got.product, sent[0].status], [made.id, 'chair', 201]);
      assert.ok(got.etag);
    }],

  ['post of a child, guarded by the tag of a parent that has changed', family,
    async ({Restangular, its, refusal}) => {
      const parent = await Restangular.one('orders', its.id).get();
      await parent.patch({count: 7});
      return refusal(parent.post('items', {product: 'chair'}, undefined, {'If-Match': parent.etag}));
    },
    async (got, sent, made) => {
      assert.equal(got.status, 412);
      assert.equal((await outside.read(`/orders/${made.id}/items`)).length, 1);
    }],
];

for (const [label, prepare, steps, check] of rows) {
  test(label, async () => {
    const made = await prepare();
    wire.length = 0;
    const got = await call(page, steps, made);
    await settled(wire);
    await check(got, wire, made);
    assert.deepEqual(page.failures, []);
  });
}
