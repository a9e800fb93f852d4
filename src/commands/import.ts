import { existsSync } from 'node:fs'
import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import type { RunOptions } from '../run/run.js'
import { PART_MODES } from '../snapshots/parts/part.js'
import {
  type CommandContext,
  type CommandDefinition,
  ENGINE_OPTION,
  openProject,
  PROJECT_OPTIONS,
  SHOW_VALUES_OPTION,
  textOption,
  YES_OPTION,
} from './command.js'
import { confirmRestore, describeParts } from './confirm.js'
import { readKeys, readMode } from './part-options.js'

export const importCommand: CommandDefinition = {
  name: 'import',
  summary: 'bring in rows: of a CSV or TSV file by a mapping of the configuration (imports), or of JSON that snapshot export wrote',
  argument: [
    {
      syntax: '<what>',
      summary: 'a mapping (key in imports), then a CSV or TSV file; or a .json or .ndjson file, or a folder of these, alone',
    },
    { syntax: '[file]', summary: 'for a mapping; its first row names the columns' },
  ],
  options: [
    {
      flags: '--mode <mode>',
      summary:
        'JSON: missing: only rows that are not there; upsert: these, and the others get the values of the file; replace: the tables become as in the file (default: missing)',
      choices: PART_MODES,
    },
    { flags: '--key <columns>', summary: 'JSON: find rows by these columns, not by their ids: slug, or User=email,Post=blogId+slug' },
    { flags: '--dry-run', summary: 'do everything, roll it back, and say what would change' },
    {
      ...YES_OPTION,
      summary: 'JSON: do not ask before rows are overwritten or deleted; without it and without a terminal it begins after five seconds',
    },
    { ...SHOW_VALUES_OPTION, summary: 'let problems quote values' },
    ENGINE_OPTION,
    ...PROJECT_OPTIONS,
  ],
  examples: ['safe-migrate import privy users.csv --dry-run', 'safe-migrate import User.ndjson --mode upsert'],
  run: async (context) => {
    const [name = '', file] = context.args
    const options = { ...(await openProject(context)), ui: context.ui }
    if (file === undefined) return importJsonFile(context, options, name)
    const given = ['mode', 'key', 'yes'].find((one) => context.options[one] !== undefined)
    if (given !== undefined) throw usage(`--${given} is for JSON; a mapping says in the configuration how its rows are found.`, [])
    const { importRows } = await import('../run/import.js')
    return importRows(options, { name, file: path.resolve(context.cwd, file), dryRun: context.options.dryRun === true })
  },
}

async function importJsonFile(context: CommandContext, options: RunOptions, name: string) {
  const file = path.resolve(context.cwd, name)
  if (!existsSync(file) && Object.hasOwn(options.config.imports, name))
    throw usage(`The mapping ${name} needs a file.`, [`safe-migrate import ${name} <file.csv>`])
  if (!existsSync(file))
    throw usage(`There is no file ${name}.`, [
      'JSON of snapshot export: safe-migrate import <file or folder>',
      'CSV or TSV by a mapping: safe-migrate import <mapping> <file>',
    ])
  const { importJson } = await import('../run/import-json.js')
  return importJson(options, {
    path: file,
    mode: readMode(textOption(context, 'mode'), 'missing'),
    keys: readKeys(context),
    dryRun: context.options.dryRun === true,
    confirm: (plan, protection) =>
      confirmRestore(
        context,
        options.project,
        describeParts(options.project, plan, protection),
        protection,
        'safe-migrate import … --dry-run',
      ),
  })
}

function usage(message: string, next: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({ code: 'usage', message, next })
}
