// What the data providers share: resources with the columns of their keys, and one `id` for each row.
import { itemPath } from '../index.js'

export class Resources {
  #client
  #keys

  constructor(client, keys = {}) {
    this.#client = client
    this.#keys = keys
  }

  key(resource) {
    return [this.#keys[resource] ?? 'id'].flat()
  }

  /** The values of a key. Those of a composite key are a JSON array in the id. */
  #values(resource, id) {
    return this.key(resource).length > 1 ? JSON.parse(id) : [id]
  }

  path(resource, id) {
    return itemPath(`/${resource}`, this.#values(resource, id))
  }

  /** The row with its id; the key's own column `id` stays as it is. */
  named(resource, row) {
    const key = this.key(resource)
    if (key.length === 1 && key[0] === 'id') return row
    const values = key.map((name) => row[name])
    return { ...row, id: values.length > 1 ? JSON.stringify(values) : values[0] }
  }

  /** The columns of what a form sends: without an id that is not a column. */
  #columns(resource, { id, ...columns }) {
    return this.key(resource).includes('id') && id !== undefined ? { id, ...columns } : columns
  }

  async list(resource, query) {
    const text = String(query)
    const rows = await this.#client.list(`/${resource}${text ? `?${text}` : ''}`, { key: this.key(resource), count: 'exact' })
    return { data: rows.map((row) => this.named(resource, row)), total: rows.total ?? rows.length }
  }

  async one(resource, id) {
    return { data: this.named(resource, await this.#client.get(this.path(resource, id))) }
  }

  async many(resource, ids) {
    if (ids.length === 0) return { data: [] }
    const key = this.key(resource)
    if (key.length > 1) return { data: (await Promise.all(ids.map((id) => this.one(resource, id)))).map((one) => one.data) }
    return this.list(resource, new URLSearchParams({ [key[0]]: `in.(${ids.map(quoted).join(',')})` }))
  }

  async create(resource, data) {
    return { data: this.named(resource, await this.#client.create(`/${resource}`, this.#columns(resource, data))) }
  }

  /** The version that the form was filled with guards the update; a row that was never loaded is loaded first. */
  async update(resource, id, data, previous) {
    const path = this.path(resource, id)
    const etag = data.etag ?? previous?.etag
    if (!etag && !this.#client.etag(path)) await this.#client.get(path)
    const row = this.#columns(resource, etag ? { ...data, etag } : data)
    return { data: this.named(resource, await this.#client.save(path, row)) }
  }

  async remove(resource, id) {
    const path = this.path(resource, id)
    if (!this.#client.etag(path)) await this.#client.get(path)
    const row = this.#client.loaded(path)
    await this.#client.remove(path)
    return { data: this.named(resource, row) }
  }
}

/** A value in a list of PostgREST's grammar. */
export const quoted = (value) => `"${String(value).replace(/["\\]/g, '\\$&')}"`

/** A value of a filter: true, false and null are asked for with `is`. */
export const equals = (value) =>
  Array.isArray(value) ? `in.(${value.map(quoted).join(',')})` : value === null || typeof value === 'boolean' ? `is.${value}` : `eq.${value}`
