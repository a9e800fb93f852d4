import { type CommandDefinition, openProject, PROJECT_OPTIONS } from './command.js'

export const snapshotVerifyCommand: CommandDefinition = {
  name: 'snapshot verify',
  summary: 're-read a snapshot: every file, every hash, every row count',
  argument: { syntax: '[snapshot]', summary: 'its id or the beginning of it; the latest of this database when left out' },
  options: [
    { flags: '--restore', summary: 'also restore it into a database of its own, compare that, and remove it again' },
    ...PROJECT_OPTIONS,
  ],
  run: async (context) => {
    const { verifyStored } = await import('../run/snapshots.js')
    const options = { ...(await openProject(context)), ui: context.ui }
    return verifyStored(options, context.args[0] ?? 'latest', context.options.restore === true)
  },
}
