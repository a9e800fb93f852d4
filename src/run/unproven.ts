import { messageOf, SafeMigrateError } from '../errors.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { verifyFiles } from '../snapshots/verify-files.js'
import type { Run } from './run.js'

/**
 * The run stays open, unless it was resumed and its snapshot is damaged.
 * @param snapshot from before it; null when there is none
 */
export async function comparisonFailed(run: Run, snapshot: Snapshot | null, isResumed: boolean, error: unknown): Promise<SafeMigrateError> {
  const damage = snapshot === null ? null : await findDamage(run, snapshot)
  if (snapshot !== null && damage !== null && isResumed) return snapshotGone(run, snapshot.id)
  const isSound = snapshot !== null && damage === null
  return new SafeMigrateError({
    code: 'unproven',
    message: 'Prisma has run, and the comparison with the database before could not be made: whether data was lost is not known.',
    why: damage ?? messageOf(error),
    next: isSound
      ? [
          'To compare now: safe-migrate status --resume',
          'To go back to before the run: safe-migrate status --undo',
          `The snapshot from before is complete: ${snapshot.id}`,
        ]
      : [
          ...(snapshot === null ? [] : [`Bring back an undamaged copy of ${snapshot.folder} from your backups, where there is one.`]),
          `To compare${snapshot === null ? ' now' : ' then, or to close the run without it'}: safe-migrate status --resume`,
        ],
    cause: error,
  })
}

/** What is not as it was written; null when nothing. */
async function findDamage({ ui }: Run, snapshot: Snapshot): Promise<string | null> {
  return verifyFiles(snapshot, ui.progress).then(
    () => null,
    (error: unknown) => (error instanceof SafeMigrateError ? `${error.message} ${error.why}` : messageOf(error)),
  )
}

/** Where the secret never is, no other run could ever begin. */
export function snapshotNotReadable(run: Pick<Run, 'journal'>, { id }: Snapshot): SafeMigrateError {
  run.journal.end('unproven')
  return new SafeMigrateError({
    code: 'unproven',
    message: `The snapshot ${id} from before the interrupted run is encrypted, and nothing here can decrypt it: whether data was lost could not be found out.`,
    why: 'The run is closed with that; the snapshot stays, and the next run begins anew.',
    next: [
      `Where its identity or passphrase is: safe-migrate restore ${id} --dry-run shows what is different now`,
      'To see which migrations are applied: safe-migrate status',
    ],
  })
}

/** Without it nothing can be compared, and that must not pass for success. Said once: the run is closed, or no other could ever begin. */
export function snapshotGone(run: Pick<Run, 'journal'>, id: string): SafeMigrateError {
  run.journal.end('unproven')
  return new SafeMigrateError({
    code: 'unproven',
    message: `The snapshot ${id} from before the interrupted run is gone or damaged: whether data was lost can no longer be found out.`,
    why: 'The run is closed with that; the next one begins anew.',
    next: ['To see which migrations are applied: safe-migrate status', 'Look through your data, or through a backup from elsewhere.'],
  })
}
