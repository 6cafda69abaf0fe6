import type { Client, ConflictPolicy, Row } from '../index.js'

export function fetcher<T = Row>(client: Client): (url: string) => Promise<T>
export function listFetcher<T = Row>(client: Client,
  options?: { key?: string | string[]; count?: 'exact' | 'planned' | 'estimated' }): (url: string) => Promise<T[] & { total?: number }>
export function saver<T = Row>(client: Client, options?: { conflict?: ConflictPolicy<T> }):
  (url: string, options: { arg: Partial<T> }) => Promise<T>
