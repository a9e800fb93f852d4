import type { Target } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { CONSENT_VARIABLE, findUnapprovedAgent } from '../project/ai-agent.js'
import { guardShadow } from './guard-shadow.js'
import type { RunInterface } from './interface.js'
import { describeProtection, readProtection, type TargetProtection } from './protection.js'
import type { RunOptions } from './run.js'

/**
 * Before `dev` touches anything: Prisma may reset the database there, and wipes the shadow database.
 * @throws SafeMigrateError `blocked` for a protected target, an AI agent on its own, or a shadow database that is somebody's data
 */
export async function guardDev(options: RunOptions): Promise<void> {
  refuseAgent(options.ui, 'safe-migrate dev')
  const protection = await readProtection(options)
  if (protection !== null) throw refusal(options.project.target, protection)
  await guardShadow(options)
}

/**
 * Where nobody can be asked, an AI agent may do nothing that replaces a database, as with `prisma migrate reset`.
 * @throws SafeMigrateError `blocked`
 */
export function refuseAgent(ui: Pick<RunInterface, 'interactive'>, command: string): void {
  const agent = ui.interactive ? null : findUnapprovedAgent()
  if (agent === null) return
  throw new SafeMigrateError({
    code: 'blocked',
    message: `${command} was started by ${agent}, and no person is there to be asked. Nothing was touched.`,
    why: 'It can replace or reset the database, which an AI agent must not do unless a person has read what is at stake and agreed to it.',
    next: [
      `Show the person the exact command, why it is needed and which database it is for; let them run it in a terminal: ${command}`,
      `Or, only once they have agreed: run it again with ${CONSENT_VARIABLE} set to the exact text of their answer.`,
    ],
  })
}

function refusal(target: Target, protection: TargetProtection): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: `${target.label} is ${describeProtection(protection)}; safe-migrate dev does not run on it. Nothing was touched.`,
    why: 'prisma migrate dev is for a database of your own: it drafts migrations, and can ask to reset everything.',
    next: [
      'To apply the migrations that exist: safe-migrate deploy',
      'To write a new one: point the connection URL at a local database, and run safe-migrate dev there.',
      protection.source === 'mark'
        ? 'If it is no longer to be protected: safe-migrate protect --remove'
        : `If it is not to be protected: change environments.${protection.environment} in the configuration.`,
    ],
  })
}
