export type Row = Record<string, unknown>

export interface Conflict<T = Row> {
  /** The row as it was loaded. */
  base: T
  /** The columns that were to be saved. */
  mine: Partial<T>
  /** The row as it is now. */
  theirs: T
  /** The columns that both changed. */
  columns: (keyof T & string)[]
  /** The entity tag of `theirs`. */
  etag: string
}

/** Returns the values to write for the columns in conflict, or null to reject. */
export type Resolve<T = Row> = (conflict: Conflict<T>) => Partial<T> | null | Promise<Partial<T> | null>
export type ConflictPolicy<T = Row> = 'merge' | 'mine' | 'theirs' | Resolve<T>

export interface ClientOptions {
  fetch?: typeof globalThis.fetch
  /** Fields of each request, for example Authorization. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)
  /** How often a request is repeated that got no answer or 502, 503 or 504; 3 by default. */
  retries?: number
  /** The member that carries a row's tag; 'etag' by default, like midair's setting etag_field. */
  etagField?: string
  /** What save() does about columns that both editors changed; 'merge' by default. */
  conflict?: ConflictPolicy<any>
  /** The server keeps Idempotency-Keys, so create() may be repeated; false by default. */
  idempotency?: boolean
}

export interface RequestOptions {
  headers?: Record<string, string>
  signal?: AbortSignal
}

export interface Answer<T = unknown> {
  status: number
  headers: Headers
  data: T
  repeated: boolean
}

export interface Client {
  request<T = unknown>(method: string, url: string,
    options?: RequestOptions & { body?: unknown; type?: string; repeat?: boolean }): Promise<Answer<T>>
  get<T = Row>(url: string, options?: RequestOptions): Promise<T>
  list<T = Row>(url: string, options?: RequestOptions & { key?: string | string[]; count?: 'exact' | 'planned' | 'estimated' }):
    Promise<T[] & { total?: number }>
  create<T = Row>(url: string, row: Partial<T>, options?: RequestOptions & { idempotencyKey?: string }): Promise<T>
  save<T = Row>(url: string, row: Partial<T>,
    options?: RequestOptions & { conflict?: ConflictPolicy<T> }): Promise<T>
  remove(url: string, options?: RequestOptions & { etag?: string }): Promise<void>
  adopt(url: string, row: Row, key: string | string[]): string
  etag(url: string): string | undefined
  loaded<T = Row>(url: string): T | undefined
  forget(url: string): void
}

export function createClient(base: string, options?: ClientOptions): Client
export function itemPath(collection: string, values: unknown[]): string

export class MidairError extends Error {
  status: number
  /** The problem document (RFC 9457). */
  problem: Record<string, unknown> | null
  headers?: Headers
}

export class ConflictError<T = Row> extends MidairError {
  base?: T
  mine: Partial<T> | null
  theirs: T | null
  columns: string[]
  etag: string | null
}

export function equal(a: unknown, b: unknown): boolean
export function changes<T = Row>(base: T | undefined, row: Partial<T>): Partial<T>
export function merge<T = Row>(base: T | undefined, theirs: T, wanted: Partial<T>): { write: Partial<T>; conflicts: string[] }
