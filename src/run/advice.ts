import type { Project } from '../project/project.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import type { Difference } from '../verify/difference.js'
import { isSalvageable } from './losses.js'
import type { FailedMigration, PrismaSummary, RecoverySummary } from './report.js'
import type { Verdict } from './verdict.js'
import { adviseWaysOut } from './ways-out.js'

export interface AdviceFacts {
  readonly project: Project
  readonly verdict: Verdict
  readonly prisma: PrismaSummary | null
  readonly snapshot: Snapshot | null
  readonly pending: readonly string[]
  /** How the run was started, to be typed again. */
  readonly again: string
  readonly differences: readonly Difference[]
  readonly recovery: RecoverySummary
}

/** What to do next, line by line (DESIGN.md §8). Never advises what Prisma refuses: `resolve --rolled-back` works on failed migrations only (P3012). */
export function advise(facts: AdviceFacts): string[] {
  const { verdict, snapshot, prisma, project, again } = facts
  switch (verdict) {
    case 'not-applied':
      return [`Read Prisma’s message above, then run again: ${again}`]
    case 'failed-kept':
      return [
        ...(prisma?.failed
          ? adviseFailed(facts, prisma.failed)
          : [`Prisma stopped between two migrations. Read its message above, then run again: ${again}`]),
        ...listDifferences(facts),
      ]
    case 'failed-restored':
    case 'lost-restored':
      return [
        'The database and its migration history are as before; no `prisma migrate resolve` is due.',
        `${facts.pending.length === 1 ? 'The migration is' : 'The migrations are'} pending again: fix or delete ${fileOf(facts)} before the next run.`,
        ...listReplaced(facts.recovery.replaced),
      ]
    case 'lost-salvaged':
      return [
        ...(facts.recovery.salvage?.sideTables.length
          ? ['What could not be put back is in side tables: the SQL to use them is shown with them.']
          : []),
        'Fix what lost the data before the migrations run elsewhere: they are applied here and stay so.',
        ...listDifferences(facts),
        ...(snapshot === null ? [] : [`To have everything as it was before the run instead: safe-migrate restore ${snapshot.id}`]),
      ]
    case 'lost-kept':
      return [
        ...listDifferences(facts),
        ...(snapshot === null
          ? []
          : [
              `To have the data back as it was before the run (what was written since goes with it; a snapshot of it is taken first): safe-migrate restore ${snapshot.id}`,
              ...(isSalvageable(facts.differences)
                ? [`To keep the new schema and put back what is missing: safe-migrate salvage ${snapshot.id} --dry-run`]
                : []),
            ]),
        `To keep it this way, do nothing: the snapshot stays in ${snapshot === null ? project.root : snapshot.folder}.`,
      ]
    case 'applied':
      return listDifferences(facts)
    default:
      return []
  }
}

function listDifferences({ snapshot, differences }: AdviceFacts): string[] {
  if (snapshot === null || differences.length === 0) return []
  const isCompared = differences.every(({ kind }) => kind !== 'compared-less')
  return [
    `${isCompared ? 'To list every row and value that is gone or other' : 'To compare every value, and list each that is gone or other'}: safe-migrate diff ${snapshot.id} --show-values`,
  ]
}

/** @param replaced the snapshot of what a restore replaced */
export function listReplaced(replaced: string | null): string[] {
  return replaced === null ? [] : [`To list what was there until the restore and is not any more: safe-migrate diff ${replaced}`]
}

function fileOf({ prisma, pending }: AdviceFacts): string {
  return prisma?.failed?.name ?? pending.join(', ')
}

function adviseFailed({ project, snapshot, again }: AdviceFacts, failed: FailedMigration): string[] {
  const found = ({ no: 'nothing', yes: 'half-way', unknown: 'unknown' } as const)[failed.leftTraces]
  const ways = adviseWaysOut({ name: failed.name, found, snapshot: snapshot?.id ?? null, again })
  return found === 'nothing'
    ? ways
    : [...ways, `Until then ${project.target.label} is between two versions and Prisma refuses to deploy (P3009).`]
}
