// Compiled, not run: the types of the package.
import {ConflictError, createClient, type Conflict} from 'midair-client';
import {dataProvider} from 'midair-client/react-admin';
import {dataProvider as refine} from 'midair-client/refine';
import {fetcher} from 'midair-client/swr';
import {queryOptions} from 'midair-client/tanstack-query';

interface Order {
  id: number;
  note: string | null;
}

const client = createClient('http://localhost', {headers: async () => ({Authorization: 'Bearer x'}), conflict: 'mine'});
const order = await client.get<Order>('/orders/1');
const saved: Order = await client.save<Order>('/orders/1', {note: order.note},
  {conflict: ({mine, theirs, columns}: Conflict<Order>) => ({note: `${theirs.note} ${mine.note} ${columns[0]}`})});
// @ts-expect-error a policy that does not exist
await client.save('/orders/1', saved as {}, {conflict: 'nobody'});
// @ts-expect-error a column that does not exist
await client.save<Order>('/orders/1', {nota: ''});
const rows = await client.list<Order>('/orders', {key: 'id', count: 'exact'});
const total: number | undefined = rows.total;
if (saved instanceof ConflictError)
  console.log(saved.theirs, total);
const key: ['midair', string] = queryOptions<Order>(client, '/orders/1').queryKey;
const loaded: Promise<Order> = fetcher<Order>(client)('/orders/1');
console.log(key, loaded, dataProvider(client, {keys: {stock: ['sku', 'shop']}}).getList('x', {}), refine(client).getApiUrl());
