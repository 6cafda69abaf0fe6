import { Resources, equals, quoted } from './resources.js'

// Refine's operators in PostgREST's grammar.
const operators = {
  eq: equals,
  ne: (value) => (value === null || typeof value === 'boolean' ? `not.is.${value}` : `neq.${value}`),
  lt: (value) => `lt.${value}`,
  lte: (value) => `lte.${value}`,
  gt: (value) => `gt.${value}`,
  gte: (value) => `gte.${value}`,
  in: (values) => `in.(${values.map(quoted).join(',')})`,
  nin: (values) => `not.in.(${values.map(quoted).join(',')})`,
  contains: (value) => `ilike.*${value}*`,
  ncontains: (value) => `not.ilike.*${value}*`,
  startswith: (value) => `ilike.${value}*`,
  endswith: (value) => `ilike.*${value}`,
  null: () => 'is.null',
  nnull: () => 'not.is.null'
}

function query({ pagination, sorters = [], filters = [], meta }) {
  const params = new URLSearchParams()
  if (meta?.select) params.set('select', meta.select)
  for (const { field, operator, value } of filters) {
    if (!Object.hasOwn(operators, operator)) throw new TypeError(`the operator ${operator} is not supported`)
    params.append(field, operators[operator](value))
  }
  if (sorters.length) params.set('order', sorters.map(({ field, order }) => `${field}.${order}`).join(','))
  if (pagination && pagination.mode !== 'off') {
    const { currentPage = pagination.current ?? 1, pageSize = 10 } = pagination
    params.set('limit', pageSize)
    params.set('offset', (currentPage - 1) * pageSize)
  }
  return params
}

/** A data provider for Refine. `keys` names the columns of keys that are not `id`. */
export function dataProvider(client, { keys, apiUrl = '' } = {}) {
  const rows = new Resources(client, keys)
  return {
    getApiUrl: () => apiUrl,
    getList: ({ resource, ...params }) => rows.list(resource, query(params)),
    getOne: ({ resource, id }) => rows.one(resource, id),
    getMany: ({ resource, ids }) => rows.many(resource, ids),
    create: ({ resource, variables }) => rows.create(resource, variables),
    update: ({ resource, id, variables }) => rows.update(resource, id, variables),
    deleteOne: ({ resource, id }) => rows.remove(resource, id)
  }
}
