import path from 'node:path'
import { type CommandDefinition, openProject, PROJECT_OPTIONS, textOption } from './command.js'

export const snapshotExportCommand: CommandDefinition = {
  name: 'snapshot export',
  summary: 'write the rows of a snapshot as JSON, model by model',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: [
    {
      flags: '--as <form>',
      summary: 'ndjson: a folder with one file a model, one row a line (default); json: one file',
      choices: ['ndjson', 'json'],
    },
    { flags: '--output <path>', summary: 'folder or file to make; named after the snapshot when left out' },
    ...PROJECT_OPTIONS,
  ],
  examples: ['safe-migrate snapshot export --as json --output backup.json'],
  run: async (context) => {
    const output = textOption(context, 'output')
    const { exportSnapshot } = await import('../run/export.js')
    return exportSnapshot(
      { ...(await openProject(context)), ui: context.ui },
      {
        wanted: context.args[0] ?? 'latest',
        format: textOption(context, 'as') === 'json' ? 'json' : 'ndjson',
        output: output === undefined ? null : path.resolve(context.cwd, output),
        folder: context.cwd,
      },
    )
  },
}
