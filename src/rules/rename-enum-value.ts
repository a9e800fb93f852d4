import { isSameName, refToObject } from './dropped-object.js'
import type { Rule } from './rule.js'

/** https://www.postgresql.org/docs/current/sql-altertype.html */
export const renameEnumValue: Rule = {
  id: 'rename-enum-value',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A value of an enum gets another name; what uses the old one fails until it is deployed anew.',
  examples: {
    unsafe: [{ sql: "ALTER TYPE \"Role\" RENAME VALUE 'ADMIN' TO 'OWNER';", databases: ['postgresql'] }],
    safe: [{ sql: "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e RENAME VALUE 'a' TO 'b';", databases: ['postgresql'] }],
  },
  judge(change, context) {
    if (change.kind !== 'rename-enum-value') return []
    if (context.earlier.some((earlier) => earlier.kind === 'create-enum' && isSameName(earlier.type, change.type))) return []
    return [
      {
        message: `'${change.label}' of ${context.display(change.type)} is called '${change.to}' from now on.`,
        why: 'Nothing is lost: rows that have the old value have the new one. The application that is running still writes the old one.',
        instead: 'Rename the value in the schema file only, with @map to keep its name in the database.',
        objects: [refToObject(change.type)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
