import type { Change } from '../sql/change.js'
import type { JudgeContext, Rule } from './rule.js'
import { refTo } from './wording.js'

export const mixSchemaAndData: Rule = {
  id: 'mix-schema-and-data',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A file changes tables that are there and writes rows: the locks of the one are held while the other runs.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "User" ADD COLUMN "n" TEXT; UPDATE "User" SET "n" = \'a\' WHERE "id" = 1;' }],
    safe: [{ sql: 'UPDATE "User" SET "n" = \'a\' WHERE "id" = 1;' }, { sql: 'CREATE TABLE a ("id" INTEGER); INSERT INTO a VALUES (1);' }],
  },
  judge(change, context) {
    if (!isWrite(change) || !('table' in change) || context.file.find(isWrite) !== change) return []
    const table = context.table(change.table)
    if (table === null || !context.file.some((one) => changesSchema(one, context))) return []
    return [
      {
        message: `The file changes tables and writes rows of ${context.display(table.live)}.`,
        why: 'Where the file is one transaction, others wait for the tables until the last row is written; elsewhere a failure leaves half of it applied.',
        instead: 'Write the rows in a migration of its own.',
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

function isWrite(change: Change): boolean {
  return change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete'
}

function changesSchema(change: Change, context: JudgeContext): boolean {
  return !isWrite(change) && change.kind !== 'create-table' && 'table' in change && context.table(change.table) !== null
}
