// Functions for SWR. The library itself is not imported.

/** The fetcher: useSWR('/orders/17', fetcher(client)). */
export const fetcher = (client) => (url) => client.get(url)

/** The fetcher for collections: useSWR('/orders?limit=10', listFetcher(client, { key: 'id' })). */
export const listFetcher = (client, options) => (url) => client.list(url, options)

/** For useSWRMutation('/orders/17', saver(client)): trigger(row) saves the row. */
export const saver = (client, options) => (url, { arg: row }) => client.save(url, row, options)
