// What the suites share: each test runs with every major of the client, against a midair in PostgREST's dialect.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PostgrestClient as First } from '@supabase/postgrest-js'
import { PostgrestClient as Second } from 'postgrest-js-2'

export const url = process.env.MIDAIR_URL
export const defaultUrl = process.env.MIDAIR_DEFAULT_URL

export const clients = { 'postgrest-js 1': First, 'postgrest-js 2': Second }

// each('a label', async (db, t, Client) => …)
export function each(label, body) {
  for (const [name, Client] of Object.entries(clients)) {
    test(`${label} (${name})`, (t) => body(new Client(url), t, Client))
  }
}

// The data of an answer that must be no error.
export function data(answer) {
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  return answer.data
}

export const ids = (answer) => data(answer).map((row) => row.id)

let last = 0
export const fresh = (prefix = 'n') => `${prefix}${process.pid}-${++last}`
