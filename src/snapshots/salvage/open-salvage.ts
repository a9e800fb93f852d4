import type { Catalog, CatalogTable } from '../../databases/catalog.js'
import type { TableFingerprint } from '../../databases/fingerprint.js'
import { SafeMigrateError } from '../../errors.js'
import { displayName } from '../../util/names.js'
import { makePart } from '../parts/build-parts.js'
import { orderParts } from '../parts/order-parts.js'
import type { Part, PartColumn, Work } from '../parts/part.js'
import type { PartSource } from '../parts/part-source.js'
import { readTables } from '../parts/read-tables.js'
import type { SnapshotContext } from '../snapshot.js'
import type { GoneTable, Salvage, SalvagePart, TableLoss, ValueColumn, Window } from './salvage-part.js'
import { stageGone, stageSalvage } from './stage-salvage.js'

/** What is known of a run that lost data. */
export interface SalvageRequest {
  readonly losses: readonly TableLoss[]
  /** Null where rows do not tell when they were written, or it was not noted. */
  readonly window: Window | null
  /** Whether `after` was taken right after the migrations. */
  readonly isPrompt: boolean
}

export interface SalvageSources {
  readonly before: PartSource
  /** What the migrations left; null when it was not kept. */
  readonly after: PartSource | null
}

type Opened = Omit<Salvage, 'refused'>

/** Finds the tables and lays the rows of then beside them. Outside of a transaction. @throws SafeMigrateError `snapshot` */
export async function openSalvage(context: SnapshotContext, sources: SalvageSources, request: SalvageRequest): Promise<Opened> {
  const { connection } = context
  const { database } = context.project
  const [sql, special, catalog] = [await database.rowRestore(), await database.salvage(), await readTables(context)]
  const found = request.losses.map((loss, index) => ({ loss, index, before: findThen(sources.before, loss) }))
  const built = found.flatMap(({ loss, index, before }) => {
    if (loss.now === null) return []
    const live = findNow(catalog, loss.now)
    const columns = pairColumns(before, live, loss)
    const part = makePart(catalog, { before, live }, columns, { index, sql })
    return [{ loss, part, values: valueColumns(part, loss) }]
  })
  const ordered = orderParts(
    built.map(({ part }) => part),
    await sql.readDeferrable(connection),
  )
  const work: Work = { connection, sql, catalog, mode: 'upsert', parts: ordered, onPart: reportParts(context) }
  const parts: SalvagePart[] = []
  const goneTables: GoneTable[] = []
  try {
    for (const part of ordered) {
      const one = built.find((other) => other.part === part)
      if (one !== undefined) parts.push(await stageSalvage(context, sources, work, special, one))
    }
    for (const { loss, index, before } of found)
      if (loss.now === null) goneTables.push(await stageGone(context, sources.before, work, special, { loss, table: before, index }))
    return { work, special, parts, goneTables, window: request.window, isPrompt: request.isPrompt }
  } catch (error) {
    await dropSalvage(work, request.losses.length)
    throw error
  }
}

/** The connection may be another one by now; what is temporary went with the old one. */
export async function dropSalvage({ connection, sql }: Work, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    for (const name of ['rows', 'doomed', 'gone'])
      await connection.query(`DROP TABLE IF EXISTS ${sql.temporary(`safe_migrate_${name}_${index}`)}`).catch(() => {})
}

function findThen({ name, tables }: PartSource, loss: TableLoss): TableFingerprint {
  const table = tables.find((one) => one.schema === loss.schema && one.name === loss.name)
  if (table !== undefined) return table
  throw new SafeMigrateError({ code: 'snapshot', message: `${name} has no table ${displayName(loss.schema, loss.name)}.` })
}

function findNow(catalog: Catalog, { schema, name }: NonNullable<TableLoss['now']>): CatalogTable {
  const table = catalog.tables.find((one) => one.schema === schema && one.name === name)
  if (table !== undefined) return table
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `The table ${displayName(schema, name)} is not there any more: it has gone since that run.`,
    why: 'Its rows cannot be put back into it. Nothing was changed.',
    next: [`To salvage the rest: safe-migrate salvage --skip ${displayName(schema, name)}`],
  })
}

/** Generated columns compute themselves. */
function pairColumns(before: TableFingerprint, live: CatalogTable, loss: TableLoss): readonly PartColumn[] {
  const pairs = loss.columns.flatMap(([then, name]) => {
    const column = before.columns.find((one) => one.name === then)
    const now = live.columns.find((one) => one.name === name)
    return column === undefined || now === undefined || column.generated === true || now.generated ? [] : [{ column, now }]
  })
  return pairs.map(({ column, now }, index) => ({ index, name: now.name, type: now.type, isNullable: !now.notNull, before: column }))
}

/** Of a table without a key no row can be told to be the same one. */
function valueColumns(part: Part, { values }: TableLoss): readonly ValueColumn[] {
  if (part.key === null) return []
  return part.columns.flatMap((column) => {
    const wish = values[column.before.name]
    return wish === undefined || wish === 'leave' ? [] : [{ column, wish }]
  })
}

function reportParts({ onProgress }: SnapshotContext): Work['onPart'] {
  return (step, { live }) => onProgress({ step, detail: displayName(live.schema, live.name) })
}
