import type { ObjectName } from '../sql/change.js'
import type { Rule } from './rule.js'
import { HISTORY_TABLE, isHistoryTable } from './wording.js'

/** Prisma decides by this table what to apply: a row that is gone is a migration that runs again. */
export const writeMigrationHistory: Rule = {
  id: 'write-migration-history',
  kind: 'loss',
  severity: 'S0',
  summary: "Prisma's own record of applied migrations is written.",
  examples: {
    unsafe: [
      { sql: 'DELETE FROM "_prisma_migrations" WHERE "migration_name" = \'x\';' },
      { sql: 'DROP TABLE "_prisma_migrations";' },
      { sql: "UPDATE _prisma_migrations SET checksum = '';" },
    ],
    safe: [{ sql: 'SELECT count(*) FROM "_prisma_migrations";' }],
  },
  judge(change) {
    const names: readonly ObjectName[] =
      change.kind === 'truncate' ? change.tables : 'table' in change && change.kind !== 'create-table' ? [change.table] : []
    const name = names.find(isHistoryTable)
    if (name === undefined) return []
    return [
      {
        message: `The migration writes to ${HISTORY_TABLE}, Prisma's record of what was applied.`,
        why: 'Prisma then applies migrations again, skips them, or offers to reset the database.',
        instead: 'prisma migrate resolve --applied <name>, or --rolled-back <name>',
        objects: [{ ...(name.schema === null ? {} : { schema: name.schema }), table: HISTORY_TABLE }],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
