// What the suites share: midair at MIDAIR_URL, and clients whose network fails as the tests say.
import {createClient} from 'midair-client';

export const url = process.env.MIDAIR_URL;
if (!url)
  throw new Error('MIDAIR_URL is not set: run tests/wire/test_midair_client.py');

// Requests of somebody else.
export async function ask(method, path, body, headers = {}) {
  const response = await fetch(url + path, {
    method,
    headers: body === undefined ? headers : {'Content-Type': 'application/json', ...headers},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {status: response.status, tag: response.headers.get('etag'), data: text ? JSON.parse(text) : undefined};
}

export const change = (path, body) => ask('PATCH', path, body, {'If-Match': '*'});
export const read = async (path) => (await ask('GET', path)).data;
export const order = async (row = {}) => {
  const {data} = await ask('POST', '/orders', {note: 'as it was', status: 'new', count: 1, ...row});
  return `/orders/${data.id}`;
};

// A client that counts its requests. fails(number, send) may stand in for the request of that number.
export function client(options = {}, fails = (number, send) => send()) {
  const sent = [];
  const own = createClient(url, {
    ...options,
    fetch: (address, init) => {
      sent.push(`${init.method} ${address.slice(url.length)}`);
      return fails(sent.length, () => fetch(address, init), init);
    },
  });
  return Object.assign(own, {sent});
}
