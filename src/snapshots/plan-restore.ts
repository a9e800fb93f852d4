import type { Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { findEngine } from './engines/index.js'
import { compareLargeObjects, isWholeKey, readingLike } from './equal-fingerprints.js'
import { readFingerprint } from './fingerprint-file.js'
import { requireSameTarget } from './restore-snapshot.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'
import { withVerified } from './verify-snapshot.js'

/** What Prisma writes in every run: it changes anyhow. */
const PRISMA_TABLE = '_prisma_migrations'

/** What a restore would do to one table. */
export interface TableRestorePlan {
  readonly schema: string | null
  readonly name: string
  /** Null: there is no such table now, or there was none then. */
  readonly rowsNow: number | null
  readonly rowsThen: number | null
  /** Whether the primary keys are the same; null when that cannot be told (no key, another server version). */
  readonly keysDiffer: boolean | null
  /** Names of columns that come back, go, or get other values; in the order of the snapshot. */
  readonly columns: readonly string[]
}

export interface RestorePlan {
  readonly snapshot: Snapshot
  /** Tables that would change, those of the snapshot first. */
  readonly changed: readonly TableRestorePlan[]
  /** How many would stay as they are, as far as they were compared. */
  readonly unchanged: number
  /** How many large objects there are and were, where a restore changes any; null where it does not. */
  readonly largeObjects: { readonly countNow: number; readonly countThen: number } | null
  /** Tables of which only rows and keys were compared, as the snapshot knows no more of them (`verify`): their values may change too. */
  readonly comparedLess: readonly { readonly schema: string | null; readonly name: string }[]
  /** Whether what is there now would be kept by the restore itself, or copied first. */
  readonly keepsReplaced: boolean
}

export interface PlanRestoreOptions {
  readonly force?: boolean
}

/** What a restore would change, per table, in exact numbers. Changes nothing. @throws SafeMigrateError `snapshot` as the restore would */
export async function planRestore(context: SnapshotContext, snapshot: Snapshot, options: PlanRestoreOptions = {}): Promise<RestorePlan> {
  if (options.force !== true) requireSameTarget(context, snapshot)
  return { ...(await withVerified(context, snapshot, (readable) => planVerified(context, readable))), snapshot }
}

async function planVerified(context: SnapshotContext, snapshot: Snapshot): Promise<RestorePlan> {
  const then = await readFingerprint(snapshot)
  const now = (await context.project.database.exists(context.project.target)) ? await fingerprintNow(context, then) : null
  const comparable = snapshot.manifest.serverVersion === (now === null ? '' : context.connection.serverVersion)
  const tables = planTables(then, now, comparable)
  const changed = tables.filter(isChange)
  const keepsReplaced = await findEngine(snapshot.manifest.engine).keepsReplaced(context, snapshot)
  const unchanged = tables.length - changed.length
  const largeObjects = planLargeObjects(then, now, comparable)
  return { snapshot, changed, unchanged, largeObjects, comparedLess: findComparedLess(then, now), keepsReplaced }
}

function planLargeObjects(then: Fingerprint, now: Fingerprint | null, digests: boolean): RestorePlan['largeObjects'] {
  const differs = compareLargeObjects(then, now ?? {}, { digests }).length > 0
  return differs ? { countNow: now?.largeObjects?.count ?? 0, countThen: then.largeObjects?.count ?? 0 } : null
}

function findComparedLess(then: Fingerprint, now: Fingerprint | null): RestorePlan['comparedLess'] {
  const isThere = ({ schema, name }: TableFingerprint) => now?.tables.some((one) => one.schema === schema && one.name === name) === true
  const less = then.tables.filter((table) => table.level === 'counts' && table.rows > 0 && table.name !== PRISMA_TABLE && isThere(table))
  return less.map(({ schema, name }) => ({ schema, name }))
}

function fingerprintNow({ project, connection, onProgress }: SnapshotContext, then: Fingerprint): Promise<Fingerprint> {
  return project.database.fingerprint(connection, { ...readingLike(then), onProgress })
}

function planTables(then: Fingerprint, now: Fingerprint | null, comparable: boolean): TableRestorePlan[] {
  const keyOf = (table: TableFingerprint) => JSON.stringify([table.schema, table.name])
  const live = new Map((now?.tables ?? []).map((table) => [keyOf(table), table]))
  const wanted = new Set(then.tables.map(keyOf))
  return [
    ...then.tables.map((table) => planTable(table, live.get(keyOf(table)) ?? null, comparable)),
    ...(now?.tables ?? []).filter((table) => !wanted.has(keyOf(table))).map((table) => planTable(null, table, comparable)),
  ]
}

function planTable(then: TableFingerprint | null, now: TableFingerprint | null, comparable: boolean): TableRestorePlan {
  const { schema, name } = then ?? now ?? { schema: null, name: '' }
  const keysDiffer = comparable && then?.key && now?.key ? then.key.digest !== now.key.digest : null
  return {
    schema,
    name,
    rowsNow: now?.rows ?? null,
    rowsThen: then?.rows ?? null,
    keysDiffer,
    columns: changedColumns(then, now, comparable),
  }
}

function changedColumns(then: TableFingerprint | null, now: TableFingerprint | null, comparable: boolean): string[] {
  if (then === null || now === null) return []
  const live = new Map(now.columns.map((column) => [column.name, column]))
  const wanted = new Set(then.columns.map((column) => column.name))
  const changed = then.columns.filter((column) => {
    const other = live.get(column.name)
    return (
      other === undefined ||
      other.type !== column.type ||
      other.nonNull !== column.nonNull ||
      (comparable && other.digest !== column.digest && !isWholeKey(column, then, now))
    )
  })
  return [...changed, ...now.columns.filter((column) => !wanted.has(column.name))].map((column) => column.name)
}

function isChange(table: TableRestorePlan): boolean {
  return table.rowsNow !== table.rowsThen || table.keysDiffer === true || table.columns.length > 0
}
