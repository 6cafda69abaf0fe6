/** The server refused a request. `problem` is its problem document (RFC 9457), `status` the status code. */
export class MidairError extends Error {
  constructor(status, problem, headers) {
    super(problem?.detail ?? problem?.message ?? `HTTP status ${status}`)
    this.name = new.target.name
    this.status = status
    this.problem = problem ?? null
    this.headers = headers
  }
}

/**
 * Somebody else changed the row, and the two edits cannot be merged.
 *
 * `base` is the row as it was loaded, `mine` has the columns that were to be saved, `theirs` is the row as it is now, or
 * null if it was deleted, `columns` names the columns that both changed, and `etag` is the tag of `theirs`.
 */
export class ConflictError extends MidairError {
  constructor(answer, { base, mine, theirs, columns, etag }) {
    super(answer.status, answer.problem, answer.headers)
    Object.assign(this, { base, mine, theirs, columns, etag })
  }
}
