// Three-way merge of rows, column by column.

/** Whether two JSON values are equal. The order of an object's members does not matter. */
export function equal(a, b) {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && equal(a[name], b[name]))
}

/** The columns of `row` whose values differ from those of `base`. Columns that `row` does not have are unchanged. */
export function changes(base, row) {
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => !equal(value, base?.[name])))
}

/**
 * Merges what two editors made of `base`.
 *
 * `wanted` has the columns that this editor changed, `theirs` is the row as it is now. The result has the columns that
 * have to be written on top of `theirs`, and the names of those that both editors changed to different values.
 */
export function merge(base, theirs, wanted) {
  const write = {}
  const conflicts = []
  for (const [name, mine] of Object.entries(wanted)) {
    if (equal(mine, theirs[name])) continue
    write[name] = mine
    if (!equal(base?.[name], theirs[name])) conflicts.push(name)
  }
  return { write, conflicts }
}
