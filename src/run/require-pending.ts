import type { Connection } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { failedMigrations, hasNoEnd, type Migration, pendingMigrations, readHistory } from '../project/history.js'
import type { Project } from '../project/project.js'
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
  if (hasNoEnd(failed) && (await awaitPrisma(options, connection, 'locked', WAIT))) return requirePending(options, connection)
  throw new SafeMigrateError({ code: 'history', ...(hasNoEnd(failed) ? explainNoEnd(options.project, failed) : explainFailed(failed)) })
}

function explainFailed({ name, startedAt, logs }: Migration) {
  return {
    message: `The migration ${name} failed at ${startedAt ?? 'an unknown time'}, and Prisma goes no further until that is resolved (P3009).`,
    why: `The database said: ${logs?.trim().split('\n').slice(0, 6).join('\n')}`,
    next: adviseResolve(name),
  }
}

function explainNoEnd({ database }: Project, { name, startedAt }: Migration) {
  return {
    message: `The migration ${name} was begun at ${startedAt ?? 'an unknown time'}, and neither its end nor an error is recorded. Prisma goes no further until that is resolved (P3009).`,
    why: database.traits.isFile
      ? 'Either a Prisma is still at it, which cannot be seen in a file, or it was stopped in the middle.'
      : 'Nothing on the server works on it any more: it was stopped in the middle.',
    next: [...adviseWait(database), ...adviseResolve(name)],
  }
}

/** Where it cannot be seen whether somebody is at it. */
export function adviseWait({ traits }: Project['database']): readonly string[] {
  return traits.isFile ? ['If a Prisma is still at it, wait until it is done.'] : []
}
