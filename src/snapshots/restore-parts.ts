import type { CatalogTable } from '../databases/catalog.js'
import { commit } from '../databases/commit.js'
import type { Connection } from '../databases/database.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import type { Model } from '../project/models.js'
import { hideValues } from '../util/hide-values.js'
import { isAborted } from '../util/is-aborted.js'
import { displayName } from '../util/names.js'
import { applyParts } from './parts/apply-parts.js'
import { type BuiltParts, buildParts, type PartRequest } from './parts/build-parts.js'
import { classifyRows, countRows, type OrphanSample, type PartCounts, sampleOrphans } from './parts/classify-rows.js'
import { matchRows } from './parts/match-rows.js'
import { orderParts } from './parts/order-parts.js'
import { type Part, type PartMode, selectedParts, type Work } from './parts/part.js'
import type { PartSource } from './parts/part-source.js'
import { proveParts, readSurroundings } from './parts/prove-parts.js'
import { readTables } from './parts/read-tables.js'
import { refuseParts } from './parts/refuse-parts.js'
import { requireAgreed } from './parts/require-agreed.js'
import { stagePart } from './parts/stage-part.js'
import { requireUnwritten } from './require-unwritten.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import type { Store } from './store.js'
import { type TakenAndVerified, takeSnapshot } from './take-snapshot.js'

/** What a part restore does to one table, in exact numbers of rows. */
export interface PartTablePlan extends Omit<PartCounts, 'rowsNow'> {
  readonly schema: string | null
  readonly name: string
  /** Columns by which rows are found again; null where whole rows are compared. */
  readonly key: readonly string[] | null
  readonly orphanSamples: readonly OrphanSample[]
}

export interface PartPlan {
  readonly request: PartRequest
  /** Referenced tables first. */
  readonly tables: readonly PartTablePlan[]
  /** For people. */
  readonly notices: readonly string[]
}

export interface PartOptions {
  readonly request: PartRequest
  readonly models: readonly Model[]
  /** Of the configuration. */
  readonly groups: Readonly<Record<string, readonly string[]>>
}

export interface RestorePartsOptions extends PartOptions {
  readonly store: Store
  /** What is there now is in this snapshot already; `unneeded`: somebody else keeps it. */
  readonly kept?: TakenAndVerified | 'unneeded'
  /** Asked once the numbers are known, before anything is changed. */
  confirm(plan: PartPlan): Promise<boolean>
  /** Aborted: the transaction is rolled back. */
  readonly signal?: AbortSignal
  /** Called, and awaited, just before the commit. */
  onCommit?(transaction: string | null): void | Promise<void>
}

export interface RestoredParts {
  readonly plan: PartPlan
  /** `unchanged`: there was nothing to do. */
  readonly done: 'restored' | 'unchanged' | 'declined'
  /** What was there before; null when nothing was changed, or it was kept already. */
  readonly replacedSnapshot: Snapshot | null
}

/** What a part restore would do. Changes nothing. @throws SafeMigrateError as the restore would */
export async function planParts(context: SnapshotContext, source: PartSource, options: PartOptions): Promise<PartPlan> {
  const staged = await openParts(context, source, options)
  try {
    return await planStaged(staged, options)
  } finally {
    await dropParts(staged.work)
  }
}

/**
 * Puts rows of some tables back among the live ones, in one transaction: what is there now is kept as a snapshot first, and what was
 * written is compared with the plan before it is committed.
 * @throws SafeMigrateError `snapshot`, `usage`; the database is then as it was
 */
export async function restoreParts(context: SnapshotContext, source: PartSource, options: RestorePartsOptions): Promise<RestoredParts> {
  let staged = await openParts(context, source, options)
  try {
    const planned = await planStaged(staged, options)
    if (!planned.tables.some(isChange)) return { plan: planned, done: 'unchanged', replacedSnapshot: null }
    if (!(await options.confirm(planned))) return { plan: planned, done: 'declined', replacedSnapshot: null }
    const replacedSnapshot =
      options.kept === undefined ? await takeSnapshot(context, { store: options.store, reason: 'before restore' }) : null
    // Copying a database can need everybody out, this connection and its working tables too.
    if (context.connection !== staged.work.connection) staged = await openParts(context, source, options)
    const tables = await writeParts(context, staged.work, { ...options, planned, kept: replacedSnapshot ?? options.kept })
    return { plan: { ...planned, tables }, done: 'restored', replacedSnapshot }
  } finally {
    await dropParts(staged.work)
  }
}

function isChange({ inserted, overwritten, deleted }: PartTablePlan): boolean {
  return inserted + overwritten + deleted > 0
}

/** In less, SQLite is done before anybody could read what it does. */
const QUICK_ROWS = 100_000

interface Staged extends BuiltParts {
  readonly work: Work
}

async function openParts(context: SnapshotContext, source: PartSource, { request, models, groups }: PartOptions): Promise<Staged> {
  const { connection } = context
  const { database } = context.project
  const sql = await database.rowRestore()
  const catalog = await readTables(context)
  const { isSameDatabase, tables: before } = source
  const built = buildParts({ models, groups, before, catalog, isSameDatabase }, request, sql)
  const parts = orderParts(built.parts, await sql.readDeferrable(connection))
  const work: Work = { connection, sql, catalog, mode: request.mode, parts, onPart: reportParts(context, parts) }
  try {
    for (const part of parts) await stagePart(context, source, work, part)
  } catch (error) {
    await dropParts(work)
    throw error
  }
  return { ...built, work }
}

/** What works through tables says with which one it begins; how far it is then goes by their rows. */
function reportParts({ onProgress, project }: SnapshotContext, parts: readonly Part[]): Work['onPart'] {
  const total = parts.reduce((sum, { before }) => sum + before.rows, 0)
  const blocks = project.database.traits.isFile && total > QUICK_ROWS ? { isBlocking: true as const } : {}
  let current = ''
  let done = 0
  let last = 0
  return (step, { live, before }) => {
    done = step === current ? Math.min(total, done + last) : 0
    current = step
    last = before.rows
    onProgress({ step, detail: displayName(live.schema, live.name), done, total, unit: 'rows', ...blocks })
  }
}

/** The connection may be another one by now; what is temporary went with the old one. */
async function dropParts({ connection, parts }: Work): Promise<void> {
  for (const { work, doomed } of parts)
    for (const table of [work, doomed]) await connection.query(`DROP TABLE IF EXISTS ${table}`).catch(() => {})
}

async function planStaged({ work, notices }: Staged, { request }: PartOptions): Promise<PartPlan> {
  await work.sql.begin(work.connection, false, [])
  try {
    const counts = await decide(work)
    const firing = await work.sql.readFiring(work.connection, liveTables(work))
    return { request, tables: await describe(work, counts), notices: [...notices, ...firing] }
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : notCompared(work.connection, error)
  } finally {
    await work.connection.query('ROLLBACK').catch(() => {})
  }
}

async function decide(work: Work): Promise<ReadonlyMap<Part, PartCounts>> {
  await matchRows(work)
  await classifyRows(work)
  const counts = new Map<Part, PartCounts>()
  for (const part of selectedParts(work)) counts.set(part, await countRows(work, part))
  await refuseParts(work, counts)
  return counts
}

async function describe(work: Work, counts: ReadonlyMap<Part, PartCounts>): Promise<readonly PartTablePlan[]> {
  const tables: PartTablePlan[] = []
  for (const [part, { rowsNow: _, ...numbers }] of counts) {
    const { schema, name } = part.live
    const orphanSamples = numbers.orphans > 0 ? await sampleOrphans(work, part) : []
    tables.push({ schema, name, key: part.key?.map((column) => column.name) ?? null, ...numbers, orphanSamples })
  }
  return tables
}

function liveTables(work: Work): readonly CatalogTable[] {
  return selectedParts(work).map(({ live }) => live)
}

interface WriteOptions extends Pick<RestorePartsOptions, 'request' | 'signal' | 'onCommit'> {
  readonly planned: PartPlan
  readonly kept: RestorePartsOptions['kept']
}

async function writeParts(context: SnapshotContext, work: Work, options: WriteOptions): Promise<readonly PartTablePlan[]> {
  const { connection, sql } = work
  let written: Part | null = null
  try {
    await sql.begin(connection, true, liveTables(work))
    const names = new Set(liveTables(work).map(({ schema, name }) => JSON.stringify([schema, name])))
    if (typeof options.kept === 'object')
      await requireUnwritten(context, connection, options.kept, ({ schema, name }) => names.has(JSON.stringify([schema, name])))
    const counts = await decide(work)
    const described = await describe(work, counts)
    requireAgreed(options.planned.tables, described)
    const before = await readSurroundings(work)
    const prepared = await applyParts(work, (part) => {
      written = part
    })
    written = null
    await prepared.settle()
    await proveParts(work, counts, before)
    if (await isAborted(options.signal)) throw stopped()
    await sql.advanceSequences(connection, liveTables(work))
    await options.onCommit?.(await sql.readTransaction(connection))
    await commit(connection, connection.target.label, { what: 'the rows were', next: 'safe-migrate status' })
    return described
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {})
    throw error instanceof SafeMigrateError ? error : notWritten(context, written, options.request.mode, error)
  }
}

function notCompared({ database }: Connection, error: unknown): SafeMigrateError {
  const isHidden = database.isHiddenByPolicy(error)
  return new SafeMigrateError({
    code: 'snapshot',
    message: 'The rows of now cannot be compared with those of the snapshot.',
    why: `${hideValues(messageOf(error))}. ${isHidden ? 'Row level security hides rows from this user, and what is hidden must not be taken for gone. ' : ''}Nothing was changed.`,
    next: isHidden
      ? ['Connect as the owner of the table, as a superuser, or as a role with BYPASSRLS.']
      : ['To bring back everything: safe-migrate restore, without --only'],
    cause: error,
  })
}

function stopped(): SafeMigrateError {
  return new SafeMigrateError({
    code: 'interrupted',
    message: 'Stopped before the restored rows were committed. The database is as it was.',
    next: ['Run the same command again when you are ready.'],
  })
}

/** @param part whose rows the database refused; null when it was something else */
function notWritten({ project }: SnapshotContext, part: Part | null, mode: PartMode, error: unknown): SafeMigrateError {
  const name = part === null ? null : displayName(part.live.schema, part.live.name)
  const isRefused = name !== null && project.database.isRefusal(error)
  return new SafeMigrateError({
    code: 'snapshot',
    message: isRefused
      ? `${project.database.name} refuses rows of ${name}: nothing can be put back this way.`
      : `The rows could not be put back into ${project.target.label}.`,
    why: `${reasonOf(error)}. Everything was undone: the database is as it was.`,
    next: [
      ...(isRefused && mode !== 'replace' ? ['Rows that were added since may be in the way; without them: --mode replace'] : []),
      ...(isRefused ? [`To put back the other tables: --skip ${name}`] : []),
      'To bring back everything: safe-migrate restore, without --only',
    ],
    cause: error,
  })
}

/** Which columns are in the way, where the database says so; values are not shown. */
function reasonOf(error: unknown): string {
  const detail = typeof error === 'object' && error !== null && 'detail' in error ? String(error.detail ?? '') : ''
  const columns = /^(?:Key|Partition key of the failing row contains) (\(.+?\))\s?=\s?\(/.exec(detail)?.[1]
  const said = hideValues(messageOf(error))
  return columns === undefined ? said : `${said} ${columns}`
}
