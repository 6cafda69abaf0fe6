import type { Client, ConflictPolicy, Row } from '../index.js'

interface QueryClientLike {
  setQueryData(key: readonly unknown[], data: any): unknown
}

export function queryOptions<T = Row>(client: Client, url: string,
  options?: { list?: { key?: string | string[]; count?: 'exact' | 'planned' | 'estimated' } } & Record<string, unknown>): {
  queryKey: ['midair', string]
  queryFn(context: { signal?: AbortSignal }): Promise<T>
}

export function saveOptions<T = Row>(client: Client, queryClient: QueryClientLike, url: string,
  options?: { conflict?: ConflictPolicy<T> } & Record<string, unknown>): {
  mutationKey: ['midair', string]
  mutationFn(row: Partial<T>): Promise<T>
  onSuccess(saved: T): unknown
  onError(error: unknown): unknown
  retry: false
}
