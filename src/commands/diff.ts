import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { DIFF_FORMATS } from '../run/diff-report.js'
import { type CommandContext, type CommandDefinition, openProject, PROJECT_OPTIONS, SHOW_VALUES_OPTION, textOption } from './command.js'
import { readList } from './part-options.js'

const LIMIT = 20

export const diffCommand: CommandDefinition = {
  name: 'diff',
  summary: 'list every row and value in which the database differs from a snapshot; changes nothing',
  argument: {
    syntax: '[snapshot]',
    summary:
      'its id or the beginning of it, or a time (2026-11-20): the latest taken until then; the latest of this database when left out',
  },
  options: [
    { flags: '--only <names>', summary: 'only these models, tables or groups of the configuration: User,Post' },
    { flags: '--skip <names>', summary: 'not these' },
    SHOW_VALUES_OPTION,
    { flags: '--limit <lines>', summary: `how many lines of a table the report shows (default: ${LIMIT})` },
    {
      flags: '--as <form>',
      summary:
        'write all lines, as ndjson (one JSON object a line) or csv (schema,table,change,key,column,before,after,rows); the report goes to stderr then',
      choices: DIFF_FORMATS,
    },
    { flags: '--output <file>', summary: 'where --as writes, instead of stdout; the report goes to stdout then' },
    { flags: '--exit-code', summary: 'exit with 1 when there are differences; otherwise it is 0 when all could be compared' },
    ...PROJECT_OPTIONS,
  ],
  examples: [
    'safe-migrate diff',
    'safe-migrate diff 2026-11-20 --only User --show-values',
    'safe-migrate diff --as csv --show-values --output differences.csv',
    'safe-migrate diff --as ndjson | jq -r \'select(.change == "row-gone") | .key.id\'',
  ],
  reports: true,
  run: async (context) => {
    const output = textOption(context, 'output')
    const as = DIFF_FORMATS.find((format) => format === context.options.as) ?? null
    if (output !== undefined && as === null)
      throw usage('--output says where --as writes, and --as is missing.', 'Add --as csv or --as ndjson.')
    if (as !== null && output === undefined && context.options.format !== 'text')
      throw usage(`--as ${as} and the report would both go to stdout.`, 'Name a file for the lines with --output.')
    const { diffSnapshot } = await import('../run/diff.js')
    return diffSnapshot(
      { ...(await openProject(context)), ui: context.ui },
      {
        wanted: context.args[0] ?? 'latest',
        only: readList('--only', textOption(context, 'only')),
        skip: readList('--skip', textOption(context, 'skip')),
        as,
        output: output === undefined ? null : path.resolve(context.cwd, output),
        limit: readLimit(context),
        exitCode: context.options.exitCode === true,
      },
      context.writeData,
    )
  },
}

function readLimit(context: CommandContext): number {
  const text = textOption(context, 'limit')
  if (text === undefined) return LIMIT
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw usage(`--limit ${text} is no number of lines.`, 'Write --limit 100. To have all lines: --as csv --output differences.csv')
}

function usage(message: string, next: string): SafeMigrateError {
  return new SafeMigrateError({ code: 'usage', message, next: [next] })
}
