import type { Rule } from './rule.js'
import { refTo } from './wording.js'

export const renameTable: Rule = {
  id: 'rename-table',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A table gets another name or schema; what uses the old one fails until it is deployed anew.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "User" RENAME TO "Person";' }, { sql: 'ALTER TABLE "User" SET SCHEMA app;', databases: ['postgresql'] }],
    safe: [{ sql: 'CREATE TABLE a (id INTEGER); ALTER TABLE a RENAME TO b;' }],
  },
  judge(change, context) {
    if (change.kind !== 'rename-table') return []
    const table = context.table(change.table)
    if (table === null) return []
    const to = context.display({ schema: change.toSchema, name: change.to })
    return [
      {
        message: `${context.display(table.live)} is called ${to} from now on.`,
        why: 'Nothing is lost. The application that is running still asks for the old name.',
        instead: 'Rename the model only, with @@map to keep the name of the table.',
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
