import { SafeMigrateError } from '../errors.js'
import type { Project } from '../project/project.js'
import { describeProtection, type TargetProtection } from '../run/protection.js'
import type { CommandContext } from './command.js'

/** Has the database's name typed before everything in it is replaced; `--yes` says so beforehand. */
export async function confirmReplacing(
  context: CommandContext,
  { target }: Project,
  protection: TargetProtection | null,
): Promise<boolean> {
  const what = `This replaces everything in ${target.label}${protection === null ? '' : `, which is ${describeProtection(protection)}`}.`
  return confirmByName(context, target.name, what, ['To see what would change: safe-migrate restore --dry-run'])
}

/**
 * @param what the question, as a sentence
 * @param hints what else can be done where nobody can be asked
 * @throws SafeMigrateError `blocked` where nobody can be asked and there is no `--yes`
 */
export async function confirmByName(
  context: CommandContext,
  databaseName: string,
  what: string,
  hints: readonly string[],
): Promise<boolean> {
  if (context.options.yes === true) return true
  if (context.ui.interactive) return context.confirmByTyping(what, databaseName.split(/[\\/]/).at(-1) ?? databaseName)
  throw new SafeMigrateError({
    code: 'blocked',
    message: `Nobody can be asked here. ${what}`,
    next: [...hints, 'To go on: the same command with --yes'],
  })
}
