import type { Project } from '../project/project.js'
import type { Snapshot } from '../snapshots/snapshot.js'

/** What reports on rows that are put back begin with. */
export interface PutBackHead<Done extends string> {
  readonly formatVersion: 1
  readonly exitCode: number
  /** `planned`: what would be done; `unchanged`: there was nothing to do. */
  readonly verdict: 'planned' | 'unchanged' | 'declined' | Done
  readonly runId: string | null
  /** The database that gets the rows. */
  readonly target: string
  /** That they are taken from. */
  readonly snapshot: string
}

/** @param runId null for what changes nothing */
export function putBackHead<Done extends string>(
  { target }: Project,
  { id }: Snapshot,
  verdict: PutBackHead<Done>['verdict'],
  runId: string | null,
): PutBackHead<Done> {
  return { formatVersion: 1, exitCode: verdict === 'declined' ? 1 : 0, verdict, runId, target: target.label, snapshot: id }
}
