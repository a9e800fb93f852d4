import type { CatalogTable } from '../../databases/catalog.js'
import type { ColumnFingerprint, TableFingerprint } from '../../databases/fingerprint.js'
import type { SalvagedColumn, SalvageSql } from '../../databases/salvage.js'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { displayName } from '../../util/names.js'
import type { Part, Work } from '../parts/part.js'
import type { PartSource } from '../parts/part-source.js'
import type { OpenedTable, SnapshotContext } from '../snapshot.js'
import { type GoneTable, goneName, keepsOriginal, type SalvagePart, type TableLoss, type ValueColumn } from './salvage-part.js'

interface Sources {
  readonly before: PartSource
  /** What the migration left; null when that was not kept. */
  readonly after: PartSource | null
}

interface Staged {
  readonly loss: TableLoss
  readonly part: Part
  readonly values: readonly ValueColumn[]
}

/** Loads the rows of then, and those that the migration left, into working tables. Outside of a transaction. */
export async function stageSalvage(
  context: SnapshotContext,
  { before, after }: Sources,
  work: Pick<Work, 'connection' | 'sql'>,
  special: SalvageSql,
  { loss, part, values }: Staged,
): Promise<SalvagePart> {
  context.onProgress({ step: `Reading ${nameOf(part.live)}` })
  const gone = loss.gone.flatMap((name) => part.before.columns.find((column) => column.name === name) ?? [])
  const opened = await before.openTable(context, part.before)
  try {
    const plain = await special.readPlainTypes(opened, readable(opened, part.before.columns))
    const missing = part.columns.filter((column) => !plain.has(column.before.name))
    if (missing.length > 0) throw unreadable(before, part.live, missing)
    const held = { plain, values }
    const columns = part.columns.map((column): SalvagedColumn => {
      const original = keepsOriginal(held, column) ? `x${column.index}` : null
      return { before: column.before, fitted: { to: `v${column.index}`, live: column.name, type: column.type }, original }
    })
    const others = part.before.columns
      .filter((column) => plain.has(column.name) && !part.columns.some((one) => one.before === column))
      .map((column): SalvagedColumn => ({ before: column, fitted: null, original: goneName(part, column.name) }))
    await createWorkingTable(work, part, [...columns, ...others], plain, values)
    await special.stage(opened, work.connection, part.work, part.live, [...columns, ...others])
    const left = after === null ? null : await stageLeft(context, after, work, part)
    return { loss, part, values, gone: gone.filter((column) => plain.has(column.name)), left, plain }
  } catch (error) {
    throw error instanceof SafeMigrateError ? error : notReadable(part.live, error)
  } finally {
    await opened.close()
  }
}

/** All of a table that is not there any more. */
export async function stageGone(
  context: SnapshotContext,
  before: PartSource,
  { connection, sql }: Pick<Work, 'connection' | 'sql'>,
  special: SalvageSql,
  gone: { readonly loss: TableLoss; readonly table: TableFingerprint; readonly index: number },
): Promise<GoneTable> {
  const work = sql.temporary(`safe_migrate_gone_${gone.index}`)
  const opened = await before.openTable(context, gone.table)
  try {
    const plain = await special.readPlainTypes(opened, readable(opened, gone.table.columns))
    const columns = gone.table.columns.flatMap((column, index) => (plain.has(column.name) ? [{ before: column, index }] : []))
    const definitions = columns.map(({ before: column, index }) => `, x${index} ${plain.get(column.name)}`)
    await connection.query(`CREATE TEMPORARY TABLE ${bare(work)} (row_no ${sql.rowNumber}${definitions.join('')})`)
    const staged = columns.map(({ before: column, index }): SalvagedColumn => ({ before: column, fitted: null, original: `x${index}` }))
    await special.stage(opened, connection, work, null, staged)
    return { loss: gone.loss, before: gone.table, work, columns, plain }
  } finally {
    await opened.close()
  }
}

function readable(opened: OpenedTable, columns: readonly ColumnFingerprint[]): readonly ColumnFingerprint[] {
  return columns.filter((column) => opened.columns.includes(column.name) && column.generated !== true)
}

async function createWorkingTable(
  { connection, sql }: Pick<Work, 'connection' | 'sql'>,
  part: Part,
  columns: readonly SalvagedColumn[],
  plain: ReadonlyMap<string, string>,
  values: readonly ValueColumn[],
): Promise<void> {
  const definitions = [
    `row_no ${sql.rowNumber}`,
    ...columns.flatMap(({ before, fitted, original }) => [
      ...(fitted === null ? [] : [`${fitted.to} ${fitted.type}`]),
      ...(original === null ? [] : [`${original} ${plain.get(before.name)}`]),
    ]),
    ...values.map(({ column }) => `w${column.index} integer NOT NULL DEFAULT 0`),
    // As in a restore of parts; orphan: will not be there. `reason`: what was lost is not put back.
    "state text NOT NULL DEFAULT 'insert'",
    'reason text',
    'remapped integer NOT NULL DEFAULT 0',
    'orphan_of integer',
    'signature text',
    'twin integer',
  ]
  await connection.query(`CREATE TEMPORARY TABLE ${bare(part.work)} (${definitions.join(', ')})`)
}

/** @returns null where the table or a column of it was another one then */
async function stageLeft(
  context: SnapshotContext,
  after: PartSource,
  { connection, sql }: Pick<Work, 'connection' | 'sql'>,
  part: Part,
): Promise<string | null> {
  const table = after.tables.find(({ schema, name }) => schema === part.live.schema && name === part.live.name)
  const columns = part.columns.map((column) => ({ column, was: table?.columns.find(({ name }) => name === column.name) }))
  if (table === undefined || columns.some(({ was }) => was === undefined)) return null
  const left = part.doomed
  const definitions = part.columns.map(({ index, type }) => `, v${index} ${type}`)
  await connection.query(
    `CREATE TEMPORARY TABLE ${bare(left)} (row_no ${sql.rowNumber}${definitions.join('')}, signature text, twin integer)`,
  )
  const opened = await after.openTable(context, table)
  try {
    const staged = columns.flatMap(({ column, was }) =>
      was === undefined ? [] : [{ from: column.name, to: `v${column.index}`, type: column.type, before: was, live: column.name }],
    )
    const misfits = await sql.stage(opened, connection, left, part.live, staged)
    return misfits.length > 0 ? null : left
  } finally {
    await opened.close()
  }
}

/** A temporary table is created by its plain name. */
function bare(temporary: string): string {
  return temporary.slice(temporary.indexOf('.') + 1)
}

function nameOf({ schema, name }: CatalogTable): string {
  return displayName(schema, name)
}

function unreadable(source: PartSource, live: CatalogTable, columns: Part['columns']): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `${source.name} cannot show ${columns.map((column) => `${nameOf(live)}.${column.before.name}`).join(', ')}.`,
    why: 'The database computed it then, and cannot any more. Nothing was changed.',
    next: ['To bring back everything: safe-migrate restore'],
  })
}

function notReadable(live: CatalogTable, error: unknown): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The rows of ${nameOf(live)} in the snapshot cannot be laid beside those of now.`,
    why: `${messageOf(error)}. Nothing was changed.`,
    next: [`To leave it out: safe-migrate salvage --skip ${nameOf(live)}`, 'To bring back everything: safe-migrate restore'],
    cause: error,
  })
}
