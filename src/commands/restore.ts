import { loadConfig } from '../config/load.js'
import { SafeMigrateError } from '../errors.js'
import { readOtherTarget } from '../project/other-target.js'
import type { RestoreRunOptions } from '../run/restore-source.js'
import type { PartRequest } from '../snapshots/parts/build-parts.js'
import { PART_MODES } from '../snapshots/parts/part.js'
import { readMoment } from '../snapshots/read-moment.js'
import {
  type CommandContext,
  type CommandDefinition,
  openProject,
  PROJECT_OPTIONS,
  settingsFor,
  textOption,
  YES_OPTION,
} from './command.js'
import { confirmRestore, describeParts, describeWhole } from './confirm.js'
import { readKeys, readList, readMode } from './part-options.js'

export const restoreCommand: CommandDefinition = {
  name: 'restore',
  summary: 'put a snapshot back, or the rows of some tables; what is there now is kept as a snapshot first',
  argument: {
    syntax: '[snapshot]',
    summary:
      'its id or the beginning of it, or a time (2026-11-20): the latest taken until then; the latest of this database when left out',
  },
  options: [
    { flags: '--only <names>', summary: 'only rows of these models, tables or groups of the configuration: User,Post' },
    { flags: '--skip <names>', summary: 'not of these' },
    {
      flags: '--mode <mode>',
      summary:
        'replace: the tables become as they were; missing: only rows that are gone come back; upsert: these, and the others get their old values (default: replace)',
      choices: PART_MODES,
    },
    {
      flags: '--key <columns>',
      summary: 'find rows by these columns, not by their ids: slug, or User=email,Post=blogId+slug; what points at them follows',
    },
    { flags: '--at <time>', summary: 'the latest snapshot taken at or before it: 2026-11-20T10:00 (UTC unless it says otherwise)' },
    { flags: '--to <url>', summary: 'into another database; others on this machine can see the URL while it runs' },
    { flags: '--to-env <name>', summary: 'the same, with the URL in this environment variable' },
    { flags: '--files', summary: 'bring back the files too that the snapshot holds (files in the configuration)' },
    { flags: '--dry-run', summary: 'show what would change, table by table; changes nothing' },
    { flags: '--yes', summary: `${YES_OPTION.summary}; without it and without a terminal it begins after five seconds` },
    ...PROJECT_OPTIONS,
  ],
  examples: [
    'safe-migrate restore --dry-run',
    'safe-migrate restore 2026-11-20',
    'safe-migrate restore --only User,Post --mode missing',
    'safe-migrate restore --only Post --mode upsert --key User=email,Post=slug',
    'safe-migrate restore --to-env SCRATCH_URL --yes',
  ],
  reports: true,
  run: async (context) => {
    const options = await openTarget(context)
    const wanted = wantedSnapshot(context)
    const request = readRequest(context)
    const isDryRun = context.options.dryRun === true
    if (request === null) {
      const { previewRestore, restoreOnRequest } = await import('../run/restore.js')
      const withFiles = context.options.files === true
      if (withFiles && options.source !== undefined)
        throw usage('--files brings back the files of the project, and --to names another database.')
      if (isDryRun) return previewRestore(options, wanted, withFiles)
      return restoreOnRequest(
        options,
        wanted,
        (protection) => confirmRestore(context, options.project, describeWhole(options.project, protection), protection),
        withFiles,
      )
    }
    if (context.options.files === true) throw usage('--files goes with a restore of everything, without --only, --skip, --mode and --key.')
    const { previewParts, restorePartsOnRequest } = await import('../run/restore-parts.js')
    if (isDryRun) return previewParts(options, wanted, request)
    return restorePartsOnRequest(options, wanted, request, (plan, protection) => {
      if (context.options.yes !== true) context.ui.show({ type: 'parts-planned', plan })
      return confirmRestore(context, options.project, describeParts(options.project, plan, protection), protection)
    })
  },
}

/** The project on the database that is to be restored. */
async function openTarget(context: CommandContext): Promise<RestoreRunOptions> {
  const { project, config } = await openProject(context)
  const url = readUrl(context)
  if (url === null) return { project, config, ui: context.ui }
  const target = readOtherTarget(project, url, context.cwd)
  const settings = settingsFor(context, await loadConfig(project.root), target)
  return { project: { ...project, target, shadow: null }, config: settings, ui: context.ui, source: project.target }
}

function readUrl(context: CommandContext): string | null {
  const [url, variable] = [textOption(context, 'to'), textOption(context, 'toEnv')]
  if (url !== undefined && variable !== undefined) throw usage('--to and --to-env are two ways to say the same: give one of them.')
  if (variable === undefined) return url ?? null
  const value = context.environment[variable]
  if (value === undefined || value === '') throw usage(`The environment variable ${variable} that --to-env names is not set.`)
  return value
}

function wantedSnapshot(context: CommandContext): string {
  const [named] = context.args
  const at = textOption(context, 'at')
  if (at === undefined) return named ?? 'latest'
  if (named !== undefined) throw usage('A snapshot and --at name two: give one of them.')
  if (readMoment(at) !== null) return at
  throw usage(`--at ${at} is no time.`, ['Write 2026-11-20, 2026-11-20T10:00, or 2026-11-20T10:00+02:00.'])
}

/** Null when everything is to be restored. */
function readRequest(context: CommandContext): PartRequest | null {
  const [only, skip, mode, key] = ['only', 'skip', 'mode', 'key'].map((name) => textOption(context, name))
  if (only === undefined && skip === undefined && key === undefined && (mode === undefined || mode === 'replace')) return null
  return { only: readList('--only', only), skip: readList('--skip', skip), mode: readMode(mode, 'replace'), keys: readKeys(context) }
}

function usage(message: string, next: readonly string[] = ['safe-migrate restore --help']): SafeMigrateError {
  return new SafeMigrateError({ code: 'usage', message, next })
}
