import { SafeMigrateError } from '../errors.js'
import type { Project } from '../project/project.js'
import { describeProtection, type TargetProtection } from '../run/protection.js'
import type { PartPlan } from '../snapshots/restore-parts.js'
import { formatQuantity } from '../util/format.js'
import type { CommandContext } from './command.js'

/** Where nobody can be asked, a restore gives this much time to stop it. */
const COUNTDOWN_SECONDS = 5

/** Has the database's name typed before everything in it is replaced; `--yes` says so beforehand. */
export async function confirmReplacing(context: CommandContext, project: Project, protection: TargetProtection | null): Promise<boolean> {
  return confirmByName(context, project.target.name, describeWhole(project, protection), [
    'To see what would change: safe-migrate restore --dry-run',
  ])
}

/**
 * The same for a restore: where nobody can be asked, it begins after a countdown, unless the database is protected.
 * @throws SafeMigrateError `blocked`
 */
export async function confirmRestore(
  context: CommandContext,
  { target }: Project,
  what: string,
  protection: TargetProtection | null,
  preview = 'safe-migrate restore --dry-run',
): Promise<boolean> {
  const isCounted = context.options.yes !== true && !context.ui.interactive && protection === null
  if (isCounted) return context.countDown(`${what} Ctrl-C stops it; --yes does not wait.`, COUNTDOWN_SECONDS)
  return confirmByName(context, target.name, what, [`To see what would change: ${preview}`])
}

export function describeWhole({ target }: Project, protection: TargetProtection | null): string {
  return `This replaces everything in ${target.label}${describe(protection)}.`
}

export function describeParts({ target }: Project, { tables }: PartPlan, protection: TargetProtection | null): string {
  const sum = (name: 'inserted' | 'overwritten' | 'deleted') =>
    formatQuantity(
      tables.reduce((total, table) => total + table[name], 0),
      'row',
    )
  return `This inserts ${sum('inserted')}, overwrites ${sum('overwritten')} and deletes ${sum('deleted')} in ${target.label}${describe(protection)}.`
}

function describe(protection: TargetProtection | null): string {
  return protection === null ? '' : `, which is ${describeProtection(protection)}`
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
