import type { Rename } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import { matchTables } from '../databases/match.js'
import { analyse } from '../findings/analyse.js'
import { readDelivery } from '../project/atomicity.js'
import { readHistory, readSource } from '../project/history.js'
import { readModels } from '../project/models.js'
import { findEngine } from '../snapshots/engines/index.js'
import { readFingerprint } from '../snapshots/fingerprint-file.js'
import { type Named, resolveTables } from '../snapshots/parts/select-tables.js'
import { requireSameTarget } from '../snapshots/restore-snapshot.js'
import type { Snapshot, SnapshotContext } from '../snapshots/snapshot.js'
import { withVerified } from '../snapshots/verify-snapshot.js'
import { displayName } from '../util/names.js'
import { describeLargeObjects } from '../verify/large-object-differences.js'
import { pairTables } from '../verify/pairs.js'
import { type DiffOutput, openFileOutput, openStdoutOutput, type WriteData } from './diff-output.js'
import type { DiffFormat, DiffReport } from './diff-report.js'
import { type DiffWork, diffTables } from './diff-tables.js'
import { findSnapshot } from './find-snapshot.js'
import { type RunOptions, snapshotContext, stopIfAborted, summarizeProject } from './run.js'
import { openSession } from './session.js'

export interface DiffRequest {
  /** Id of the snapshot, the beginning of one, a time, or `latest`. */
  readonly wanted: string
  /** Models, tables and groups; all when empty. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
  /** How all lines are written; null: only the first ones, in the report. */
  readonly as: DiffFormat | null
  /** Absolute path; null: to stdout. */
  readonly output: string | null
  /** How many lines of a table are in the report. */
  readonly limit: number
  /** Whether differences make the exit code 1. */
  readonly exitCode: boolean
}

/**
 * Every row and value in which the database differs from a snapshot. Reads only: the snapshot's tables are opened as for the comparison after a
 * run, in temporary tables of a connection (PostgreSQL) or attached (SQLite), which end with it. No run lock is taken: a deploy must not fail
 * because somebody is looking. It waits, as it would for a `pg_dump`, where it alters a table that is being read.
 * @throws SafeMigrateError `snapshot`, `usage`; then nothing of the output file is left
 */
export async function diffSnapshot(options: RunOptions, request: DiffRequest, writeData: WriteData): Promise<DiffReport> {
  const { project, config, ui } = options
  const snapshot = await findSnapshot(options, request.wanted, project.target.identity)
  const session = await openSession(project.database, project.target)
  try {
    const context = snapshotContext({ project, config, session, ui, journal: null })
    requireSameTarget(context, snapshot)
    return await withVerified(context, snapshot, async (readable) => {
      const engine = findEngine(snapshot.manifest.engine)
      const before = await readFingerprint(readable)
      const renames = await readRenames(options, context, snapshot)
      const isSelected = await selectNamed(options, context, before.tables, request)
      const left = await unselected(context, before, renames, isSelected)
      const after = await project.database.fingerprint(context.connection, {
        reference: before,
        renames,
        levelOf: ({ name }) => (left.includes(name) ? 'counts' : 'columns'),
        onProgress: ui.progress,
      })
      return withOutput(request, writeData, async (output) => {
        const work: DiffWork = {
          pairing: pairTables(before, after, renames),
          isSelected,
          openTable: (table) => engine.openTable(context, readable, table),
          showValues: config.showValues,
          limit: request.limit,
          onProgress: ui.progress,
          onLines: async (lines) => {
            await stopIfAborted(ui, 'while comparing rows')
            await output?.write(lines)
          },
        }
        const unread = (after.unread ?? []).filter(isSelected)
        const isWhole = request.only.length === 0 && request.skip.length === 0
        const then = isWhole ? before.largeObjects : undefined
        const largeObjects = then === undefined ? null : describeLargeObjects(then, after.largeObjects)
        return toReport(options, snapshot, request, { ...(await diffTables(work)), largeObjects, unread })
      })
    })
  } finally {
    await session.close()
  }
}

type Found = Awaited<ReturnType<typeof diffTables>> & Pick<DiffReport, 'largeObjects' | 'unread'>

function toReport(options: RunOptions, snapshot: Snapshot, request: DiffRequest, found: Found): DiffReport {
  const { tables, unchanged, lines, largeObjects, unread } = found
  const isDifferent = tables.length > 0 || largeObjects !== null
  const isIncomplete = tables.some(({ problem }) => problem !== null)
  const { as, output } = request
  return {
    report: 'diff',
    formatVersion: 1,
    exitCode: isIncomplete || (request.exitCode && isDifferent) ? 1 : 0,
    project: summarizeProject(options),
    snapshot: snapshot.id,
    takenAt: snapshot.manifest.takenAt,
    written: as === null ? null : { as, to: output ?? 'stdout', lines },
    showValues: options.config.showValues,
    tables,
    unchanged,
    largeObjects,
    unread,
    next: advise(options, snapshot, request, tables),
  }
}

function advise({ config }: RunOptions, { id }: Snapshot, request: DiffRequest, tables: DiffReport['tables']): readonly string[] {
  const { as, only, skip } = request
  const isCut = as === null && tables.some(({ moreLines }) => moreLines > 0)
  const lost = tables.filter(({ rowsGone, nameNow, hasKey }) => rowsGone > 0 && nameNow !== null && hasKey)
  const isTypable = (names: readonly string[]) => !names.some((name) => /[\s"',]/.test(name))
  const names = lost.map(({ schema, name }) => displayName(schema, name))
  const some = [...(only.length === 0 ? [] : ['--only', only.join(',')]), ...(skip.length === 0 ? [] : ['--skip', skip.join(',')])]
  const again = ['safe-migrate diff', id, ...(isTypable([...only, ...skip]) ? some : [])].join(' ')
  const values = config.showValues ? ' --show-values' : ''
  return [
    ...(isCut ? [`To have every line: ${again}${values} --as csv --output differences.csv`] : []),
    ...(tables.length > 0 && !config.showValues ? [`To see values too: ${again} --show-values${as === null ? '' : ` --as ${as}`}`] : []),
    ...(lost.length > 0 && isTypable(names)
      ? [`To put back rows that are gone: safe-migrate restore ${id} --only ${names.join(',')} --mode missing --dry-run`]
      : []),
  ]
}

/** What the migrations say that were applied since; databases that know tables by their names alone cannot tell otherwise. */
async function readRenames({ project }: RunOptions, context: SnapshotContext, { manifest }: Snapshot): Promise<readonly Rename[]> {
  const then = new Set(manifest.history.filter(({ state }) => state === 'applied').map(({ name }) => name))
  const { migrations } = await readHistory(project, context.connection)
  const since = migrations.flatMap(({ name, file, state }) =>
    state === 'applied' && !then.has(name) && file !== null ? [{ name, file }] : [],
  )
  const parsed = await Promise.all(since.map((migration) => project.database.parse(readSource(project, migration))))
  return analyse(parsed, { delivery: readDelivery(project) }).renames
}

type IsSelected = (table: Named) => boolean

async function selectNamed(
  { project, config }: RunOptions,
  context: SnapshotContext,
  before: Fingerprint['tables'],
  { only, skip }: DiffRequest,
): Promise<IsSelected> {
  if (only.length === 0 && skip.length === 0) return () => true
  const names = {
    models: await readModels(project.schemaPath),
    groups: config.groups,
    before,
    catalog: await project.database.readCatalog(context.connection),
    isSameDatabase: true,
  }
  const idOf = ({ schema, name }: Named): string => JSON.stringify([schema, name])
  const [wanted, left] = [only, skip].map((words) => new Set(resolveTables(names, words).map(idOf)))
  return (table) => (only.length === 0 || wanted?.has(idOf(table)) === true) && left?.has(idOf(table)) !== true
}

/** Names of live tables whose rows need not be read. */
async function unselected(
  context: SnapshotContext,
  before: Fingerprint,
  renames: readonly Rename[],
  isSelected: IsSelected,
): Promise<readonly string[]> {
  const { tables } = await context.project.database.readCatalog(context.connection)
  const matched = [...matchTables(before.tables, tables, renames)]
  const left = matched.filter(([then, now]) => !isSelected(then) && !isSelected(now)).map(([, { name }]) => name)
  const needed = new Set(tables.filter((table) => !matched.some(([, now]) => now === table) || isSelected(table)).map(({ name }) => name))
  return left.filter((name) => !needed.has(name))
}

async function withOutput<T>(request: DiffRequest, writeData: WriteData, work: (output: DiffOutput | null) => Promise<T>): Promise<T> {
  const { as, output } = request
  if (as === null) return work(null)
  const opened = await (output === null ? openStdoutOutput(writeData, as) : openFileOutput(output, as))
  try {
    const result = await work(opened)
    await opened.complete()
    return result
  } catch (error) {
    await opened.abandon()
    throw error
  }
}
