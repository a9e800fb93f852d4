import type { Project } from '../project/project.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import type { FailedMigration, PrismaSummary } from './report.js'
import type { Verdict } from './verdict.js'

export interface AdviceFacts {
  readonly project: Project
  readonly verdict: Verdict
  readonly prisma: PrismaSummary | null
  readonly snapshot: Snapshot | null
  readonly pending: readonly string[]
  /** How the run was started, to be typed again. */
  readonly again: string
}

/** What to do next, line by line (DESIGN.md §8). Never advises what Prisma refuses: `resolve --rolled-back` works on failed migrations only (P3012). */
export function advise(facts: AdviceFacts): string[] {
  const { verdict, snapshot, prisma, project, again } = facts
  switch (verdict) {
    case 'not-applied':
      return [`Read Prisma’s message above, then run again: ${again}`]
    case 'failed-kept':
      return prisma?.failed
        ? adviseFailed(facts, prisma.failed)
        : [`Prisma stopped between two migrations. Read its message above, then run again: ${again}`]
    case 'failed-restored':
    case 'lost-restored':
      return [
        'The database and its migration history are as before; no `prisma migrate resolve` is due.',
        `${facts.pending.length === 1 ? 'The migration is' : 'The migrations are'} pending again: fix or delete ${fileOf(facts)} before the next run.`,
      ]
    case 'lost-kept':
      return [
        ...(snapshot === null ? [] : [`To have the data back as it was before the run: safe-migrate restore ${snapshot.id}`]),
        'Everything written since then would be gone; a snapshot of it is taken first.',
        `To keep it this way, do nothing: the snapshot stays in ${snapshot === null ? project.root : snapshot.folder}.`,
      ]
    default:
      return []
  }
}

function fileOf({ prisma, pending }: AdviceFacts): string {
  return prisma?.failed?.name ?? pending.join(', ')
}

function adviseFailed({ project, snapshot, again }: AdviceFacts, failed: FailedMigration): string[] {
  const resolve = (how: string) => `npx prisma migrate resolve ${how} ${failed.name}`
  if (failed.leftTraces === 'no') {
    return [
      `Nothing of ${failed.name} was applied. Mark it: ${resolve('--rolled-back')}`,
      `Fix its migration.sql, then run again: ${again}`,
    ]
  }
  return [
    ...(snapshot === null
      ? []
      : [`Either go back to before the run (history included, no resolve needed): safe-migrate restore ${snapshot.id}`]),
    `Or do what is missing of ${failed.name} by hand, then: ${resolve('--applied')}`,
    ...(failed.leftTraces === 'unknown'
      ? [`Only if you are sure that none of its statements took effect: ${resolve('--rolled-back')}`]
      : []),
    `Until then ${project.database.name} is between two versions and Prisma refuses to deploy (P3009).`,
  ]
}
