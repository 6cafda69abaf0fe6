import { ConflictError, MidairError } from './errors.js'
import { changes, equal, merge } from './merge.js'

export { ConflictError, MidairError, changes, equal, merge }

const UPDATE = 'application/vnd.midair.update+json'
const ATTEMPTS_TO_MERGE = 5
const VERSIONS_KEPT = 20 // of one row

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** How long to wait before the next attempt, in milliseconds. */
function delay(response, attempt) {
  const seconds = Number(response?.headers.get('Retry-After'))
  return seconds > 0 ? seconds * 1000 : 100 * 2 ** attempt * (0.5 + Math.random() / 2)
}

/** Whether the server cannot answer for now: it is unavailable, or still busy with an earlier attempt (409 with Retry-After). */
const unavailable = ({ status, headers }) => [502, 503, 504].includes(status) || (status === 409 && headers.has('Retry-After'))

async function content(response) {
  const text = await response.text()
  if (!text) return null
  return /json/.test(response.headers.get('Content-Type') ?? '') ? JSON.parse(text) : text
}

class Client {
  #base
  #options
  #loaded = new Map() // path of an item → the versions that were seen: { row, etag }, the newest one last

  constructor(base, options) {
    this.#base = base.replace(/\/+$/, '')
    this.#options = { fetch: (...args) => globalThis.fetch(...args), headers: {}, retries: 3, etagField: 'etag', conflict: 'merge', ...options }
  }

  /** The path of a URL of this server without the query: what tags are kept by. */
  #item(url) {
    const path = url.startsWith(this.#base) ? url.slice(this.#base.length) : url
    return path.split('?')[0].replace(/\/+$/, '')
  }

  #address(url) {
    return url.startsWith(this.#base) ? url : this.#base + (url.startsWith('/') ? url : `/${url}`)
  }

  async #headers(own) {
    const given = this.#options.headers
    const common = typeof given === 'function' ? await given() : given
    return { Accept: 'application/json', ...common, ...own }
  }

  /**
   * Sends one request. With `repeat`, it is sent again when no answer came or the server was unavailable: the request must
   * be one that takes effect only once, however often it arrives.
   */
  async request(method, url, { body, type = 'application/json', headers = {}, repeat = method === 'GET', signal } = {}) {
    const all = await this.#headers(body === undefined ? headers : { 'Content-Type': type, ...headers })
    const init = { method, headers: all, body: body === undefined ? undefined : JSON.stringify(body), signal }
    const attempts = repeat ? this.#options.retries : 0
    for (let attempt = 0; ; attempt++) {
      let response
      try {
        response = await this.#options.fetch(this.#address(url), init)
      } catch (error) {
        if (attempt >= attempts || signal?.aborted) throw error
      }
      if (response && !(unavailable(response) && attempt < attempts)) {
        const data = await content(response)
        return { status: response.status, headers: response.headers, data, repeated: attempt > 0 }
      }
      await pause(delay(response, attempt))
    }
  }

  #refuse({ status, headers, data }) {
    throw new MidairError(status, typeof data === 'object' ? data : null, headers)
  }

  async #expect(method, url, options) {
    const answer = await this.request(method, url, options)
    if (answer.status >= 400) this.#refuse(answer)
    return answer
  }

  #remember(path, row, etag) {
    if (!etag || !row || typeof row !== 'object') return row
    const versions = (this.#loaded.get(path) ?? []).filter((version) => version.etag !== etag)
    this.#loaded.set(path, [...versions, { row, etag }].slice(-VERSIONS_KEPT))
    return row
  }

  #newest(path) {
    return this.#loaded.get(path)?.at(-1)
  }

  /**
   * The version that `row` was made from. A form may be older than what the client has seen since; the tag in the row
   * tells. Where the version of that tag is not known, every column counts as changed.
   */
  #version(path, row) {
    const etag = row[this.#options.etagField]
    const newest = this.#newest(path)
    if (!etag) return newest
    const known = (version) => version.etag === etag || version.row[this.#options.etagField] === etag
    return this.#loaded.get(path)?.findLast(known) ?? { row: undefined, etag }
  }

  /** The tag of a row that was loaded or saved; undefined if it was not. */
  etag(url) {
    return this.#newest(this.#item(url))?.etag
  }

  /** The row as it was last loaded or saved; undefined if it was not. */
  loaded(url) {
    return this.#newest(this.#item(url))?.row
  }

  forget(url) {
    this.#loaded.delete(this.#item(url))
  }

  /** Loads an item and keeps its tag. */
  async get(url, options) {
    const { data, headers } = await this.#expect('GET', url, options)
    return this.#remember(this.#item(url), data, headers.get('ETag'))
  }

  /**
   * Loads a collection. With `key`, the column or columns of its key, the tags of the rows are kept, so that each of them
   * can be saved. `total` is the number of all rows where it was asked for: `{ count: 'exact' }`.
   */
  async list(url, { key, count, headers, ...options } = {}) {
    const wish = count ? { Prefer: `count=${count}` } : {}
    const { data, headers: fields } = await this.#expect('GET', url, { ...options, headers: { ...wish, ...headers } })
    for (const row of key ? data : []) this.adopt(url, row, key)
    const total = Number(fields.get('Content-Range')?.split('/')[1])
    return Object.assign(data, Number.isInteger(total) ? { total } : {})
  }

  /** Keeps the tag of a row that came in a list. Returns the path of the item. */
  adopt(url, row, key) {
    const path = itemPath(this.#item(url), [key].flat().map((name) => row[name]))
    this.#remember(path, row, row[this.#options.etagField])
    return path
  }

  /** Creates a row. It is created once, even if the answer is lost and the request is repeated. */
  async create(url, row, { idempotencyKey = crypto.randomUUID(), headers, ...options } = {}) {
    const { data, headers: fields } = await this.#expect('POST', url, {
      body: row,
      headers: { Prefer: 'return=representation', 'Idempotency-Key': `"${idempotencyKey}"`, ...headers },
      repeat: this.#options.idempotency === true,
      ...options
    })
    const created = Array.isArray(data) && !Array.isArray(row) ? data[0] : data
    const location = fields.get('Location')
    if (location) this.#remember(this.#item(new URL(location, this.#address(url)).href), created, fields.get('ETag'))
    return created
  }

  /**
   * Saves the columns of `row` that differ from what was loaded. Resolves to the row as it is now. What was loaded is the
   * version whose tag is in `row`, or without a tag the one that was seen last.
   *
   * If somebody else changed the row in the meantime, `conflict` decides: 'merge' writes the columns that they did not
   * change and rejects with a ConflictError if both changed one; 'mine' and 'theirs' settle such columns; a function gets
   * { base, mine, theirs, columns } and returns the values to write, or null to reject.
   */
  async save(url, row, { conflict = this.#options.conflict, ...options } = {}) {
    const path = this.#item(url)
    const loaded = this.#version(path, row)
    if (!loaded) throw new TypeError(`${path} was not loaded: get() it first, or give the row its tag`)
    const mine = changes(loaded.row, row)
    delete mine[this.#options.etagField]
    let write = mine
    let tag = loaded.etag
    for (let attempt = 0; attempt < ATTEMPTS_TO_MERGE; attempt++) {
      if (Object.keys(write).length === 0) return this.loaded(path) ?? row
      const answer = await this.#update(path, write, tag, options)
      if (answer.status < 400) return this.#remember(path, answer.data, answer.headers.get('ETag'))
      if (answer.status !== 412) this.#refuse(answer)
      const now = await this.#current(path, answer)
      tag = now.etag
      this.#remember(path, now.row, tag)
      write = await this.#settle(answer, { base: loaded.row, mine, theirs: now.row, etag: tag }, conflict)
    }
    throw new MidairError(412, { detail: `${path} was changed by others each time that it was about to be saved` })
  }

  /** The tag makes the request one that takes effect at most once, so it may be repeated. */
  #update(path, write, tag, options) {
    const headers = { 'If-Match': tag, Prefer: 'return=representation', ...options.headers }
    return this.request('PATCH', path, { ...options, body: { $set: write }, type: UPDATE, headers, repeat: true })
  }

  /** The row as it is after a 412: from the answer, or where it does not show it, read again. */
  async #current(path, answer) {
    const problem = answer.data
    if (problem && 'current' in problem) return { row: problem.current, etag: problem.current_etag ?? answer.headers.get('ETag') }
    const { status, data, headers } = await this.request('GET', path)
    if (status === 404) return { row: null, etag: null }
    if (status >= 400) this.#refuse({ status, data, headers })
    return { row: data, etag: headers.get('ETag') }
  }

  async #settle(answer, { base, mine, theirs, etag }, conflict) {
    const failure = (columns) =>
      new ConflictError({ status: 412, problem: answer.data, headers: answer.headers }, { base, mine, theirs, columns, etag })
    if (!theirs) throw failure(Object.keys(mine))
    const { write, conflicts } = merge(base, theirs, mine)
    if (conflicts.length === 0 || conflict === 'mine') return write
    if (conflict === 'theirs') return Object.fromEntries(Object.entries(write).filter(([name]) => !conflicts.includes(name)))
    const settled = typeof conflict === 'function' ? await conflict({ base, mine, theirs, columns: conflicts, etag }) : null
    if (!settled) throw failure(conflicts)
    return changes(theirs, { ...write, ...settled })
  }

  /** Deletes a row that is still as it was loaded; otherwise it rejects with a ConflictError. */
  async remove(url, { etag, headers, ...options } = {}) {
    const path = this.#item(url)
    const loaded = this.#newest(path)
    const tag = etag ?? loaded?.etag
    if (!tag) throw new TypeError(`${path} was not loaded: get() it first, or pass etag`)
    const answer = await this.request('DELETE', path, { ...options, headers: { 'If-Match': tag, ...headers }, repeat: true })
    if (answer.status === 404 && answer.repeated) return this.forget(path) // an earlier attempt deleted it
    if (answer.status === 412) {
      const now = await this.#current(path, answer)
      throw new ConflictError({ status: 412, problem: answer.data, headers: answer.headers },
        { base: loaded?.row, mine: null, theirs: now.row, columns: [], etag: now.etag })
    }
    if (answer.status >= 400) this.#refuse(answer)
    this.forget(path)
  }
}

/** The path of an item: the values of its key, in key order. */
export function itemPath(collection, values) {
  return `${collection}/${values.map((value) => encodeURIComponent(value)).join(',')}`
}

/** A client of the midair at `base`. */
export function createClient(base, options = {}) {
  return new Client(base, options)
}
