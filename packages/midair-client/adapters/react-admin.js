import { Resources, equals } from './resources.js'

/** The query of a list: filters `column: value` or `column@operator: value`. */
function query({ pagination: { page, perPage } = {}, sort, filter = {}, meta }, more = {}) {
  const params = new URLSearchParams()
  if (meta?.select) params.set('select', meta.select)
  for (const [name, value] of Object.entries({ ...filter, ...more })) {
    const [column, operator] = name.split('@')
    params.append(column, operator ? `${operator}.${value}` : equals(value))
  }
  if (sort?.field) params.set('order', `${sort.field}.${String(sort.order ?? 'asc').toLowerCase()}`)
  if (perPage) {
    params.set('limit', perPage)
    params.set('offset', (page - 1) * perPage)
  }
  return params
}

/** A data provider for react-admin. `keys` names the columns of keys that are not `id`: { stock: ['sku', 'shop'] }. */
export function dataProvider(client, { keys } = {}) {
  const rows = new Resources(client, keys)
  const all = async (ids, action) => ({ data: (await Promise.all(ids.map(action))).map(({ data }) => data.id) })
  return {
    getList: (resource, params) => rows.list(resource, query(params)),
    getOne: (resource, { id }) => rows.one(resource, id),
    getMany: (resource, { ids }) => rows.many(resource, ids),
    getManyReference: (resource, { target, id, ...params }) => rows.list(resource, query(params, { [target]: id })),
    create: (resource, { data }) => rows.create(resource, data),
    update: (resource, { id, data, previousData }) => rows.update(resource, id, data, previousData),
    updateMany: (resource, { ids, data }) => all(ids, (id) => rows.update(resource, id, data)),
    delete: (resource, { id }) => rows.remove(resource, id),
    deleteMany: (resource, { ids }) => all(ids, (id) => rows.remove(resource, id))
  }
}
