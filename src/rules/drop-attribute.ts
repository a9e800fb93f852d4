import { columnsOfTypes } from './drop-type.js'
import { isSameName, refToObject } from './dropped-object.js'
import type { Rule } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertype.html: DROP ATTRIBUTE takes the part out of every value that is stored. */
export const dropAttribute: Rule = {
  id: 'drop-attribute',
  kind: 'loss',
  severity: 'S1',
  summary: 'An attribute of a composite type is dropped, and with it that part of every value of the type.',
  examples: {
    unsafe: [{ sql: 'ALTER TYPE address DROP ATTRIBUTE street;', databases: ['postgresql'] }],
    safe: [
      { sql: 'CREATE TYPE address AS (street text); ALTER TYPE address DROP ATTRIBUTE street;', databases: ['postgresql'] },
      { sql: 'ALTER TYPE address ADD ATTRIBUTE city text;', databases: ['postgresql'] },
      { sql: 'ALTER TYPE address RENAME ATTRIBUTE street TO road;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-attribute') return []
    const isOwn = context.earlier.some((one) => one.kind === 'create-object' && one.type === 'type' && isSameName(one.name, change.type))
    const columns = columnsOfTypes([change.type.name], context)
    if (isOwn || (context.catalog !== null && columns.length === 0)) return []
    const predictions = columns.flatMap(({ table, live }) =>
      (['values-lost', 'values-changed'] as const).map((effect) => ({
        effect,
        schema: table.live.schema,
        table: table.live.name,
        column: live,
      })),
    )
    return [
      {
        message: `Dropping attribute ${change.attribute} takes it out of every value of type ${context.display(change.type)}.`,
        why: 'The columns of the type stay, and no ALTER TABLE says that a part of their values goes.',
        instead: `Copy it first: UPDATE … SET … = (<column>).${context.dialect.quoteName(change.attribute)};`,
        objects: [refToObject(change.type), ...columns.map(({ table, live }) => refTo(table.live, live))],
        measures:
          columns.length === 0
            ? [{ what: 'unknown', why: 'which columns have the type is not known', predictions }]
            : columns.map(({ table, live }) => ({
                what: 'attribute-values',
                table: table.live,
                column: live,
                attribute: change.attribute,
              })),
        inconclusive: null,
      },
    ]
  },
}
