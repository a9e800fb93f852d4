import type { Connection } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { failedMigrations, hasNoEnd, type Migration, pendingMigrations, readHistory } from '../project/history.js'
import { awaitPrisma } from './await-prisma.js'
import type { RunOptions } from './run.js'
import { adviseResolve } from './ways-out.js'

const WAIT = ['Wait until it is done, then run the same command again.']

/**
 * What Prisma would apply now, in order. One that another Prisma is at is awaited for a while.
 * @throws SafeMigrateError `history` when a failed migration is in the way, `locked` when another Prisma goes on
 */
export async function requirePending(options: Pick<RunOptions, 'project' | 'config'>, connection: Connection): Promise<Migration[]> {
  const history = await readHistory(options.project, connection)
  const [failed] = failedMigrations(history)
  if (failed === undefined) return pendingMigrations(history)
  if (!hasNoEnd(failed)) throw new SafeMigrateError({ code: 'history', ...explainFailed(failed) })
  const unseen = await awaitPrisma(options, connection, 'locked', WAIT)
  // It may have ended since the history was read.
  const [still] = failedMigrations(await readHistory(options.project, connection))
  const isSame = still !== undefined && hasNoEnd(still) && still.name === failed.name && still.startedAt === failed.startedAt
  if (!isSame) return requirePending(options, connection)
  throw new SafeMigrateError({ code: 'history', ...explainNoEnd(still, unseen) })
}

function explainFailed({ name, startedAt, logs }: Migration) {
  return {
    message: `The migration ${name} failed at ${startedAt ?? 'an unknown time'}, and Prisma goes no further until that is resolved (P3009).`,
    why: `The database said: ${logs?.trim().split('\n').slice(0, 6).join('\n')}`,
    next: adviseResolve(name),
  }
}

function explainNoEnd({ name, startedAt }: Migration, unseen: string | null) {
  return {
    message: `The migration ${name} was begun at ${startedAt ?? 'an unknown time'}, and neither its end nor an error is recorded. Prisma goes no further until that is resolved (P3009).`,
    why:
      unseen === null
        ? 'Nothing on the server works on it any more: it was stopped in the middle.'
        : `Either a Prisma is still at it, ${unseen}, or it was stopped in the middle.`,
    next: [...adviseWait(unseen), ...adviseResolve(name)],
  }
}

/** @param unseen why it cannot be seen whether somebody is at it */
export function adviseWait(unseen: string | null): readonly string[] {
  return unseen !== null ? ['If a Prisma is still at it, wait until it is done.'] : []
}
