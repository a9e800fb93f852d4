import { type ExecaError, execa } from 'execa'
import { databases } from '../../databases/index.js'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { hideUrl } from '../../util/secret.js'
import { findInequalities } from '../equal-fingerprints.js'
import { readFingerprint } from '../fingerprint-file.js'
import type {
  Availability,
  RestoreOutcome,
  Snapshot,
  SnapshotCommands,
  SnapshotContext,
  SnapshotEngine,
  TakenSnapshot,
} from '../snapshot.js'
import { takeFingerprint } from '../take-fingerprint.js'

type Step = keyof SnapshotCommands

const MOST_LINES = 20

/** What safe-migrate has no engine for: branches of a provider, snapshots of a cloud volume, pgBackRest. */
export const command: SnapshotEngine = {
  id: 'command',
  databases: databases.map(({ id }) => id),
  summary: 'your own commands (commands.take, commands.restore in the configuration), for branches, volume snapshots, pgBackRest',
  fingerprintsCopy: false,
  outside: 'some',
  isOffered: ({ commands }) => commands !== null,
  checkAvailability,
  estimateBytes: async () => 0,
  take,
  verify: async (context, snapshot) => {
    if (context.commands?.verify !== undefined) await runCommand(context, 'verify', context.commands.verify, snapshot)
  },
  keepsReplaced: async () => false,
  restore,
  openTable: async (_context, snapshot) => {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `Single rows of snapshot ${snapshot.id} cannot be read: it was taken by your own command (commands.take).`,
      next: [`Restore it as a whole: safe-migrate restore ${snapshot.id}`],
    })
  },
  remove: async (context, snapshot) => {
    if (context.commands?.remove !== undefined) await runCommand(context, 'remove', context.commands.remove, snapshot)
  },
  // What `take` made elsewhere is known by the id alone: its own command must find it.
  discard: async () => {},
}

async function checkAvailability(context: SnapshotContext): Promise<Availability> {
  if (context.commands !== null)
    return { available: true, fit: 'fallback', why: 'command runs what the configuration names (commands.take)' }
  return {
    available: false,
    why: 'the configuration names no commands',
    next: ["Or set commands: { take: '…', restore: '…' } in safe-migrate.config"],
  }
}

async function take(context: SnapshotContext, folder: string, id: string): Promise<TakenSnapshot> {
  const before = await context.project.database.fingerprint(context.connection, { ...context.reading, onProgress: context.onProgress })
  await runCommand(context, 'take', requireCommand(context, 'take'), { id, folder })
  // The command reads at a moment of its own: only when nothing changed meanwhile is it known what it saw.
  const after = await takeFingerprint(context, context.connection)
  const isExact = findInequalities(before, after, { digests: true, definitions: true, sequences: true }).length === 0
  return { fingerprint: after, details: { isExact } }
}

async function restore(context: SnapshotContext, snapshot: Snapshot): Promise<RestoreOutcome> {
  const line = requireCommand(context, 'restore')
  await context.onStep?.('run-command', { command: 'restore', snapshot: snapshot.id })
  await context.withoutConnection(() => runCommand(context, 'restore', line, snapshot))
  if (snapshot.manifest.details.isExact === true) return { replaced: null, isProven: false, disconnected: [] }
  await requireSameTables(context, snapshot)
  return { replaced: null, isProven: true, disconnected: [] }
}

/** Others wrote while the copy was made: rows may differ from the fingerprint, tables and columns may not. */
async function requireSameTables(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const [then, now] = [await readFingerprint(snapshot), await context.project.database.fingerprint(context.connection, {})]
  const shape = ({ tables }: typeof then) =>
    tables.map(({ schema, name, columns }) => ({ schema, name, columns: columns.map((one) => [one.name, one.type]) }))
  if (JSON.stringify(shape(then)) === JSON.stringify(shape(now))) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `${context.project.target.label} does not have the tables and columns of snapshot ${snapshot.id} after commands.restore.`,
    why: 'The command ended without an error, but it did not bring back what it was to bring back.',
    next: ['Look at what it did. What was there before is in the snapshot taken just before: safe-migrate snapshot list'],
  })
}

function requireCommand({ commands }: SnapshotContext, step: 'take' | 'restore'): string {
  if (commands !== null) return commands[step]
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `This needs the command commands.${step}, and the configuration does not name it.`,
    next: [`Set commands: { take: '…', restore: '…' } in safe-migrate.config, as it was when the snapshot was taken`],
  })
}

async function runCommand(context: SnapshotContext, step: Step, line: string, snapshot: Pick<Snapshot, 'id' | 'folder'>): Promise<void> {
  const { target, provider, root } = context.project
  context.onProgress({ step: `Running commands.${step}` })
  try {
    await execa(line, {
      shell: true,
      cwd: root,
      stdin: 'ignore',
      env: {
        SAFE_MIGRATE_SNAPSHOT_ID: snapshot.id,
        SAFE_MIGRATE_SNAPSHOT_DIR: snapshot.folder,
        SAFE_MIGRATE_DATABASE_URL: target.url.reveal(),
        SAFE_MIGRATE_DATABASE_NAME: target.name,
        SAFE_MIGRATE_PROVIDER: provider,
      },
    })
  } catch (error) {
    throw failed(context, step, error)
  }
}

function failed(context: SnapshotContext, step: Step, error: unknown): SafeMigrateError {
  const { stderr, exitCode, signal } = (typeof error === 'object' && error !== null ? error : {}) as Partial<ExecaError>
  const said = typeof stderr === 'string' ? stderr.trim().split('\n').slice(-MOST_LINES).join('\n') : ''
  const end = signal ? `signal ${signal}` : exitCode === undefined ? messageOf(error) : `exit code ${exitCode}`
  return new SafeMigrateError({
    code: 'snapshot',
    message: `commands.${step} of the configuration failed on ${context.project.target.label} with ${end}.`,
    ...(said === '' ? {} : { why: hideUrl(said, context.project.target.url) }),
    next: ['Run the command by hand to see what is wrong.'],
  })
}
