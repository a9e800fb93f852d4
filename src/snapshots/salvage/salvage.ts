import type { CatalogTable } from '../../databases/catalog.js'
import { commit } from '../../databases/commit.js'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { hideValues } from '../../util/hide-values.js'
import { isAborted } from '../../util/is-aborted.js'
import { displayName } from '../../util/names.js'
import { applyParts } from '../parts/apply-parts.js'
import { countRows, type PartCounts } from '../parts/classify-rows.js'
import type { Part } from '../parts/part.js'
import { proveParts, readSurroundings } from '../parts/prove-parts.js'
import type { SnapshotContext } from '../snapshot.js'
import { classifySalvage } from './classify-salvage.js'
import { countSalvage, isAnything, type SalvagedTable } from './count-salvage.js'
import { dropSalvage, openSalvage, type SalvageRequest, type SalvageSources } from './open-salvage.js'
import type { Salvage } from './salvage-part.js'
import { describeSideTables, type WrittenSideTable, writeSideTables } from './side-tables.js'

/** What a salvage would do, or did. */
export interface SalvagePlan {
  /** Referenced ones first; those in which nothing was lost are left out. */
  readonly tables: readonly SalvagedTable[]
  readonly sideTables: readonly WrittenSideTable[]
  /** Where they are, for people; null when there are none, or in a dry run. */
  readonly place: string | null
  /** For people. */
  readonly notices: readonly string[]
}

export interface SalvageOptions extends SalvageRequest {
  /** Absolute path, for side tables that cannot be in the database. */
  readonly folder: string
  /** Asked once the numbers are known, before anything is changed. */
  confirm(plan: SalvagePlan): Promise<boolean>
  /** Called when values of rows will be replaced that no snapshot holds; everything is read again afterwards. */
  keep(): Promise<void>
  /** Aborted: the transaction is rolled back. */
  readonly signal: AbortSignal
  /** Called, and awaited, just before the commit. */
  onCommit(transaction: string | null, plan: SalvagePlan): void | Promise<void>
}

export interface Salvaged {
  readonly plan: SalvagePlan
  /** `unchanged`: there was nothing to do. */
  readonly done: 'salvaged' | 'unchanged' | 'declined'
}

/** What a salvage would do. Changes nothing. @throws SafeMigrateError `snapshot` */
export async function planSalvage(context: SnapshotContext, sources: SalvageSources, request: SalvageRequest): Promise<SalvagePlan> {
  const opened = await openSalvage(context, sources, request)
  try {
    return await planOpened({ ...opened, refused: new Map() })
  } finally {
    await dropSalvage(opened.work, request.losses.length)
  }
}

/**
 * Puts back what a migration lost, into the tables as they are now, in one transaction; what cannot be put back goes into side tables. What
 * was written is compared with the plan before it is committed.
 * @throws SafeMigrateError `snapshot`, `interrupted`; the database is then as it was
 */
export async function salvage(context: SnapshotContext, sources: SalvageSources, options: SalvageOptions): Promise<Salvaged> {
  let opened = await openSalvage(context, sources, options)
  try {
    const plan = await planOpened({ ...opened, refused: new Map() })
    if (!isAnything(plan)) return { plan, done: 'unchanged' }
    if (!(await options.confirm(plan))) return { plan, done: 'declined' }
    // What is replaced was kept with all that the migration left, or is kept now.
    if (sources.after === null && plan.tables.some(({ values }) => values.some(({ written }) => written > 0))) await options.keep()
    if (context.connection !== opened.work.connection) opened = await openSalvage(context, sources, options)
    return { plan: await writeOpened(context, opened, options), done: 'salvaged' }
  } finally {
    await dropSalvage(opened.work, options.losses.length)
  }
}

async function planOpened(opened: Salvage): Promise<SalvagePlan> {
  const { connection, sql } = opened.work
  await sql.begin(connection, false, [])
  try {
    await classifySalvage(opened)
    const side = await describeSideTables(opened)
    const sideTables = side.map(({ of, what, rows }) => ({ of, what, rows, name: null, statements: [] }))
    return { tables: await countSalvage(opened), sideTables, place: null, notices: await firingOn(opened) }
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : notCompared(error)
  } finally {
    await connection.query('ROLLBACK').catch(() => {})
  }
}

/** A table whose rows the database refuses goes aside as a whole, and the rest is begun anew. */
async function writeOpened(context: SnapshotContext, opened: Omit<Salvage, 'refused'>, options: SalvageOptions): Promise<SalvagePlan> {
  const refused = new Map<CatalogTable, string>()
  for (;;) {
    let live: CatalogTable | null = null
    try {
      return await writeOnce({ ...opened, refused }, options, (part) => {
        live = part?.live ?? null
      })
    } catch (error) {
      if (error instanceof SafeMigrateError) throw error
      if (live === null || refused.has(live) || !context.project.database.isRefusal(error)) throw notWritten(context, error)
      refused.set(live, hideValues(messageOf(error)))
    }
  }
}

async function writeOnce(opened: Salvage, options: SalvageOptions, onWrite: (part: Part | null) => void): Promise<SalvagePlan> {
  const { work } = opened
  const { connection, sql } = work
  const tables = opened.parts.map(({ part }) => part.live)
  const stamp = new Date().toISOString().replaceAll(/[-:.Z]/g, '')
  const side = await opened.special.openSideTables(connection, options.folder, stamp)
  try {
    await sql.begin(connection, true, tables)
    await classifySalvage(opened)
    const described = await describeSideTables(opened)
    const salvaged = await countSalvage(opened)
    const counts = new Map<Part, PartCounts>()
    for (const { part } of opened.parts) counts.set(part, await countRows(work, part))
    const before = await readSurroundings(work)
    const written = described.length === 0 ? [] : await writeSideTables(described, side, stamp, connection.target.schema)
    const prepared = await applyParts(work, onWrite)
    onWrite(null)
    await prepared.settle()
    await proveParts(work, counts, before)
    if (await isAborted(options.signal)) throw stopped()
    await sql.advanceSequences(connection, tables)
    await side.keep()
    const place = written.length === 0 ? null : side.place
    const plan = { tables: salvaged, sideTables: written, place, notices: await firingOn(opened) }
    await options.onCommit(await sql.readTransaction(connection), plan)
    await commit(connection, connection.target.label, { what: 'the rows were', next: 'safe-migrate status' })
    return plan
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {})
    await side.discard()
    throw error
  }
}

function firingOn({ work, parts }: Salvage): Promise<readonly string[]> {
  return work.sql.readFiring(
    work.connection,
    parts.map(({ part }) => part.live),
  )
}

function notCompared(error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: 'What was lost cannot be laid beside the rows of now.',
    why: `${hideValues(messageOf(error))}. Nothing was changed.`,
    next: ['To bring back everything: safe-migrate restore'],
    cause: error,
  })
}

function stopped(): SafeMigrateError {
  return new SafeMigrateError({
    code: 'interrupted',
    message: 'Stopped before what was salvaged was committed. The database is as it was.',
    next: ['Run the same command again when you are ready.'],
  })
}

function notWritten({ project }: SnapshotContext, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `What was lost could not be put back into ${project.target.label}.`,
    why: `${hideValues(messageOf(error))}. Everything was undone: the database is as it was.`,
    next: ['To see what would be done: safe-migrate salvage --dry-run', 'To bring back everything: safe-migrate restore'],
    cause: error,
  })
}

/** For people. */
export function tablesOf({ tables, sideTables }: Pick<SalvagePlan, 'tables' | 'sideTables'>): readonly string[] {
  return [...new Set([...tables.map(({ schema, name }) => displayName(schema, name)), ...sideTables.map(({ of }) => of)])]
}
