import { loadConfig } from '../config/load.js'
import { SafeMigrateError } from '../errors.js'
import type { LocatedProject } from '../project/resolve-project.js'
import type { AcceptReport } from '../run/report.js'
import { type CommandContext, type CommandDefinition, locate, openProject, PROJECT_OPTIONS, settingsFor } from './command.js'

export const acceptCommand: CommandDefinition = {
  name: 'accept',
  summary: 'record that findings are accepted, for migration files that may not change any more',
  argument: { syntax: '[migrations...]', summary: 'names of migrations; the pending ones when left out' },
  options: [
    { flags: '--rule <rule>', summary: 'accept the findings of this rule without asking' },
    { flags: '--object <name...>', summary: 'accept the findings of these objects without asking: User, User.name' },
    { flags: '--all', summary: 'accept everything that stops a run without asking; not what is protected' },
    { flags: '--reason <text>', summary: 'why; asked for where somebody can be asked' },
    { flags: '--by <name>', summary: 'who accepts it, to be recorded too' },
    { flags: '--offline', summary: 'judge the files without the database' },
    { flags: '--list', summary: 'show what is recorded' },
    { flags: '--prune', summary: 'remove what has lapsed' },
    ...PROJECT_OPTIONS,
  ],
  examples: [
    'safe-migrate accept',
    "safe-migrate accept 20260101000000_drop_name --rule drop-column --object User.name --reason 'copied to Profile.name'",
    'safe-migrate accept --list',
  ],
  run,
}

async function run(context: CommandContext): Promise<AcceptReport> {
  const located = await locate(context)
  const { list, prune } = context.options
  if (list === true || prune === true) {
    const { listAcceptances, pruneAcceptances } = await import('../run/list-acceptances.js')
    return list === true ? listAcceptances(located) : pruneAcceptances(located)
  }
  const { accept } = await import('../run/accept.js')
  return accept({ ...(await findTarget(context, located)), ...readWords(context), located, ui: context.ui, migrations: context.args })
}

function readWords({ options }: CommandContext) {
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  const objects = Array.isArray(options.object) ? options.object.filter((one) => typeof one === 'string') : []
  const isChosen = options.all === true || options.rule !== undefined || objects.length > 0
  return {
    choice: isChosen ? { rule: text(options.rule), objects } : null,
    reason: text(options.reason),
    acceptedBy: text(options.by),
  }
}

/** The database, where it can be reached; the files tell enough to accept what they say. */
async function findTarget(context: CommandContext, located: LocatedProject) {
  const offline = { live: null, config: settingsFor(context, await loadConfig(located.root), null) }
  if (context.options.offline === true) return offline
  try {
    const { project, config } = await openProject(context)
    await project.database.exists(project.target)
    return { live: project, config }
  } catch (error) {
    if (!(error instanceof SafeMigrateError) || (error.code !== 'connection' && error.code !== 'config')) throw error
    context.ui.show({
      type: 'notice',
      message: `Judged without the database: ${error.message}`,
      next: ['What it costs there is not known; every table counts as full.'],
    })
    return offline
  }
}
