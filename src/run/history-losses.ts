import type { MigrationHistory } from '../project/history.js'
import type { Finding } from '../rules/finding.js'
import { HISTORY_TABLE } from '../rules/wording.js'
import { writeMigrationHistory } from '../rules/write-migration-history.js'
import type { Manifest } from '../snapshots/manifest.js'
import type { Difference } from '../verify/difference.js'

/** Migrations that were recorded as applied, and are not any more: Prisma would apply them again. */
export function findHistoryLosses(
  before: Manifest['history'],
  { migrations }: MigrationHistory,
  findings: readonly Pick<Finding, 'rule'>[],
  schema: string | null,
): Difference[] {
  const applied = new Set(migrations.filter(({ state }) => state === 'applied').map(({ name }) => name))
  const gone = before.flatMap(({ name, state }) => (state === 'applied' && !applied.has(name) ? [name] : []))
  if (gone.length === 0) return []
  const isPredicted = findings.some(({ rule }) => rule === writeMigrationHistory.id)
  const what =
    gone.length === 1
      ? 'is not recorded as applied any more, and Prisma would apply it'
      : 'are not recorded as applied any more, and Prisma would apply them'
  return [
    {
      kind: 'history-lost',
      schema,
      table: HISTORY_TABLE,
      column: null,
      name: null,
      count: gone.length,
      weight: 'loss',
      cause: isPredicted ? 'predicted' : 'unpredicted',
      message: `${HISTORY_TABLE}: ${gone.join(', ')} ${what} again${isPredicted ? ', as predicted' : ''}`,
      keys: gone.slice(0, 5),
    },
  ]
}
