import { columnsOfTypes } from './drop-type.js'
import { isSameName, refToObject } from './dropped-object.js'
import type { Rule } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertype.html */
export const alterAttributeType: Rule = {
  id: 'alter-attribute-type',
  kind: 'failure',
  severity: 'S3',
  summary: 'An attribute of a composite type gets another type, which is refused while a column has the composite type.',
  examples: {
    unsafe: [{ sql: 'ALTER TYPE address ALTER ATTRIBUTE number TYPE integer;', databases: ['postgresql'] }],
    safe: [
      { sql: 'CREATE TYPE address AS (number text); ALTER TYPE address ALTER ATTRIBUTE number TYPE integer;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'alter-attribute-type') return []
    const isOwn = context.earlier.some((one) => one.kind === 'create-object' && one.type === 'type' && isSameName(one.name, change.type))
    const columns = columnsOfTypes([change.type.name], context)
    if (isOwn || (context.catalog !== null && columns.length === 0)) return []
    return [
      {
        message: `Attribute ${change.attribute} of type ${context.display(change.type)} cannot change its type while a column uses it.`,
        why: 'PostgreSQL refuses it, with rows and without; statements before it may already have taken effect.',
        instead: 'Make a new type, add a column of it, copy the values, and drop the old column.',
        objects: [refToObject(change.type), ...columns.map(({ table, live }) => refTo(table.live, live))],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
