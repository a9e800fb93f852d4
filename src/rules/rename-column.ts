import type { Rule } from './rule.js'
import { refTo } from './wording.js'

export const renameColumn: Rule = {
  id: 'rename-column',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A column gets another name; what uses the old one fails until it is deployed anew.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";' }],
    safe: [
      { sql: 'ALTER TABLE "User" ADD COLUMN a TEXT; ALTER TABLE "User" RENAME COLUMN a TO b;' },
      { sql: 'CREATE TABLE t (a INTEGER); ALTER TABLE t RENAME COLUMN a TO b;' },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'rename-column') return []
    const table = context.table(change.table)
    const live = table?.column(change.column)?.live ?? null
    if (table === null || live === null) return []
    return [
      {
        message: `${context.display(table.live, live)} is called ${change.to} from now on.`,
        why: 'Nothing is lost. The application that is running still asks for the old name.',
        instead: 'Rename the field only, with @map to keep the name of the column.',
        objects: [refTo(table.live, live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
