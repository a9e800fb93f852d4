import { messageOf, SafeMigrateError } from '../errors.js'
import { whoAmI } from '../util/who-am-i.js'
import { refuseAgent } from './guard.js'
import { findProtection } from './protection.js'
import type { ProtectionReport } from './report.js'
import { type RunOptions, summarizeProject, withRunLock } from './run.js'
import { openSession, type Session } from './session.js'

/** Marks the database as protected. A mark that is there stays, unless a reason is given. @param reason for people; null without one */
export async function protectTarget(options: RunOptions, reason: string | null): Promise<ProtectionReport> {
  return withMarks(options, async ({ connection }) => {
    const { protection: marks } = connection.database
    if ((await marks.read(connection)) !== null && reason === null) return 'same'
    await marks.write(connection, { by: whoAmI(), at: new Date().toISOString(), reason })
    return 'changed'
  })
}

/**
 * Takes the mark away.
 * @param confirm asked before
 * @throws SafeMigrateError `blocked` for an AI agent on its own
 */
export async function unprotectTarget(options: RunOptions, confirm: () => Promise<boolean>): Promise<ProtectionReport> {
  refuseAgent(options.ui, 'safe-migrate protect --remove')
  return withMarks(options, async ({ connection }) => {
    const { protection: marks } = connection.database
    if ((await marks.read(connection)) === null) return 'same'
    if (!(await confirm())) return 'declined'
    await marks.remove(connection)
    return 'changed'
  })
}

async function withMarks(
  options: RunOptions,
  work: (session: Session) => Promise<'changed' | 'same' | 'declined'>,
): Promise<ProtectionReport> {
  const { project } = options
  return withRunLock(options, async () => {
    const session = await openSession(project.database, project.target)
    try {
      const outcome = await work(session).catch((error: unknown) => {
        throw error instanceof SafeMigrateError ? error : notAllowed(project.target.label, error)
      })
      const protection = await findProtection(options.config, session.connection)
      return {
        report: 'protection',
        formatVersion: 1,
        exitCode: outcome === 'declined' ? 1 : 0,
        project: summarizeProject(options),
        protection,
        changed: outcome === 'changed',
        next:
          protection === null
            ? ['To protect it: safe-migrate protect --reason "…"']
            : ['safe-migrate dev is refused on it; safe-migrate deploy goes on as before.'],
      }
    } finally {
      await session.close()
    }
  })
}

function notAllowed(label: string, cause: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'connection',
    message: `The mark in ${label} could not be changed.`,
    why: messageOf(cause),
    next: [
      'Run it as the owner of the database, who may create schemas.',
      'Or protect it in the configuration: environments: { production: { hosts: ["…"], protected: true } }',
    ],
    cause,
  })
}
