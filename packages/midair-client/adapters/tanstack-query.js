// Options for TanStack Query. The library itself is not imported, so every version with useQuery(options) will do.

/** Options of a query that loads an item, or with `list` options a collection. */
export function queryOptions(client, url, { list, ...options } = {}) {
  return {
    queryKey: ['midair', url],
    queryFn: ({ signal }) => (list ? client.list(url, { ...list, signal }) : client.get(url, { signal })),
    ...options
  }
}

/** Options of a mutation that saves an item: mutate(row). The item's queries show the saved row at once. */
export function saveOptions(client, queryClient, url, { conflict, ...options } = {}) {
  return {
    mutationKey: ['midair', url],
    mutationFn: (row) => client.save(url, row, conflict ? { conflict } : {}),
    onSuccess: (saved) => queryClient.setQueryData(['midair', url], saved),
    onError: (error) => error.theirs && queryClient.setQueryData(['midair', url], error.theirs),
    retry: false, // the client has repeated what can be repeated
    ...options
  }
}
