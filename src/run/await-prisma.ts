import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Migrating, MigratingSession } from '../databases/database.js'
import { type ErrorCode, SafeMigrateError } from '../errors.js'
import { readHistory, readSource } from '../project/history.js'
import type { RunOptions } from './run.js'

/** Milliseconds between two looks. */
const INTERVAL = 100

/** Who is migrating this database now, as far as the server can tell. */
export async function findMigrating({ project }: Pick<RunOptions, 'project'>, connection: Connection): Promise<Migrating> {
  const { migrations } = await readHistory(project, connection)
  const open = migrations.flatMap(({ name, file, state }) =>
    file === null || state === 'applied' ? [] : [readSource(project, { name, file })],
  )
  return project.database.findMigrating(connection, open)
}

/**
 * Waits a while for another Prisma, or for what one that is gone has left running on the server: until then nothing that is seen there is
 * the end of it.
 * @returns why somebody may still be at it, see `Migrating.unseen`
 * @throws SafeMigrateError with this code, that says who is still at it
 */
export async function awaitPrisma(
  options: Pick<RunOptions, 'project' | 'config'>,
  connection: Connection,
  code: ErrorCode,
  next: readonly string[],
): Promise<string | null> {
  const { project, config } = options
  const deadline = Date.now() + config.lockTimeout
  for (;;) {
    const { sessions, unseen } = await findMigrating(options, connection)
    if (sessions.length === 0) return unseen
    if (Date.now() >= deadline) throw stillMigrating(project.target.label, sessions, code, next)
    await sleep(INTERVAL)
  }
}

function stillMigrating(label: string, sessions: readonly MigratingSession[], code: ErrorCode, next: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({
    code,
    message: `${label} is still being migrated: a Prisma is at work, or one has ended and the server goes on with what it was sent.`,
    why: `What is there now is not the end of it. ${sessions.map(({ description }) => description).join('; ')}`,
    next: [...next, ...adviseEnding(sessions)],
  })
}

export function adviseEnding(sessions: readonly MigratingSession[]): readonly string[] {
  return sessions.map(({ end }) => `To end it, when nobody needs it (what it has not committed is undone): ${end}`)
}
