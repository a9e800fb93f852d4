import type { Prediction } from '../rules/finding.js'
import { type IncomingRows, type Measure, predict, type RowSelection } from '../rules/measure.js'
import { findDisplaced } from './key-moves.js'
import { measureCascades, predictOrphans } from './measure-cascades.js'
import { selectMatching } from './measure-rows.js'
import { countReplaced } from './measure-values.js'
import { count, fromTable, type Measurement, type Measurer, readNumber } from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>

const INCOMING = 'safe_migrate_incoming'
const quotedIncoming = `"${INCOMING}"`

/**
 * A query for these columns of the new rows, as the table will hold them.
 * @throws Error when one of them has a default that is computed when it runs
 */
export function selectIncoming({ dialect }: Measurer, { query, given, columns }: IncomingRows, names: readonly string[]): string {
  const { quoteName, measuring } = dialect
  const fold = (name: string) => (dialect.ignoresCase ? name.toLowerCase() : name)
  const list = names.map((name) => {
    const column = columns.find((one) => fold(one.name) === fold(name))
    const position = given.findIndex((one) => fold(one) === fold(name))
    const type = column?.type ?? ''
    if (position === -1 && column?.default?.includes('(') === true) throw new Error(`the default of ${name} is known only when it runs`)
    const value = position === -1 ? `(${column?.default ?? 'NULL'})` : `c${position}`
    const stored = type === '' ? value : measuring.storedAs(value, type, type, null, null)
    const collation = column?.collation == null ? '' : ` COLLATE ${quoteName(column.collation)}`
    return `${stored}${collation} AS ${quoteName(name)}`
  })
  const own = given.map((_, index) => `c${index}`).join(', ')
  return `WITH ${quotedIncoming}(${own}) AS (${query}) SELECT ${list.length === 0 ? '1 AS one' : list.join(', ')} FROM ${quotedIncoming}`
}

/** @throws Error when two of the new rows have the same key: then which of them stays, and what of them, is not known */
async function refuseDuplicates(measurer: Measurer, incoming: IncomingRows, keys: readonly (readonly string[])[]): Promise<void> {
  for (const key of keys) {
    if ((await countDuplicates(measurer, selectIncoming(measurer, incoming, key), key)) > 0)
      throw new Error(`several of the new rows have the same ${key.join(', ')}`)
  }
}

/** Rows beyond the first of each group that shares a key. */
async function countDuplicates({ dialect, connection }: Measurer, rows: string, key: readonly string[]): Promise<number> {
  const names = key.map(dialect.quoteName)
  const present = names.map((name) => `${name} IS NOT NULL`).join(' AND ')
  const groups = `SELECT count(*) - 1 AS more FROM (${rows}) AS r WHERE ${present} GROUP BY ${names.join(', ')} HAVING count(*) > 1`
  const [row] = await connection.query(`SELECT coalesce(sum(more), 0) AS n FROM (${groups}) AS g`)
  return readNumber(row, 'n')
}

function hasKeyOf({ dialect }: Measurer, own: string, other: string, key: readonly string[]): string {
  return key.map((column) => `${own}.${dialect.quoteName(column)} = ${other}.${dialect.quoteName(column)}`).join(' AND ')
}

/** A NULL in a key is the same as nothing. */
function isAmong({ dialect }: Measurer, own: string, key: readonly string[], rows: string): string {
  const names = key.map(dialect.quoteName)
  const present = names.map((name) => `n.${name} IS NOT NULL`).join(' AND ')
  const mine = names.map((name) => `${own}.${name}`).join(', ')
  return `((${mine}) IN (SELECT ${names.map((name) => `n.${name}`).join(', ')} FROM (${rows}) AS n WHERE ${present}) IS TRUE)`
}

/** Values that ON CONFLICT DO UPDATE replaces. Each part is a subquery of its own, in which a bare name means the table's column. */
export async function measureUpserted(measurer: Measurer, measure: MeasureOf<'upserted-values'>): Promise<Measurement> {
  const { table, column, value, seenAs, incoming, key, where } = measure
  const { quoteName, measuring } = measurer.dialect
  await refuseDuplicates(measurer, incoming, [key])
  const own = quoteName(seenAs.name)
  const condition = `${hasKeyOf(measurer, own, 'excluded', key)}${where === null ? '' : ` AND (${where})`}`
  const part = (sql: string) => `(SELECT ${sql} FROM ${fromTable(measurer, table, seenAs)} WHERE ${condition})`
  const stored = measuring.storedAs(`(${value})`, column.type, column.type, null, null)
  const rows = selectIncoming(
    measurer,
    incoming,
    incoming.columns.map(({ name }) => name),
  )
  const inner = `SELECT ${part(measuring.rowIdentity(seenAs.name))} AS id, ${part(`${own}.${quoteName(column.name)}`)} AS old, ${part(stored)} AS new FROM (${rows}) AS excluded`
  return countReplaced(measurer, table, column.live, null, inner, column.type, column.type)
}

/** Rows that REPLACE deletes; those whose primary key is there again afterwards have other values instead. */
export async function measureReplaced(measurer: Measurer, measure: MeasureOf<'replaced-rows'>): Promise<Measurement> {
  const { table, seenAs, incoming, keys, primaryKey } = measure
  const { quoteName, measuring } = measurer.dialect
  await refuseDuplicates(measurer, incoming, keys)
  const own = quoteName(seenAs.name)
  const collides = (key: readonly string[]) => isAmong(measurer, own, key, selectIncoming(measurer, incoming, key))
  const replaced: RowSelection = { ...seenAs, where: keys.map(collides).join(' OR '), from: null, with: null }
  const isSame = primaryKey.length === 0 ? 'FALSE' : collides(primaryKey)
  const gone: RowSelection = { ...replaced, where: `(${replaced.where}) AND NOT ${isSame}` }
  const rows = await count(measurer, `SELECT count(*) AS n FROM (${selectMatching(measurer, table, gone, [])}) AS g`)
  const at = { schema: table.schema, table: table.name }
  const predictions: Prediction[] = [{ effect: 'rows-lost', ...at, column: null, count: rows }]
  let values = 0
  for (const { live, name, type } of primaryKey.length === 0 ? [] : measure.columns) {
    const pair = selectIncoming(measurer, incoming, [...new Set([...primaryKey, name])])
    const inner = `SELECT ${measuring.rowIdentity(seenAs.name)} AS id, ${own}.${quoteName(name)} AS old, n.${quoteName(name)} AS new FROM ${fromTable(measurer, table, seenAs)}, (${pair}) AS n WHERE ${hasKeyOf(measurer, own, 'n', primaryKey)}`
    const found = await countReplaced(measurer, table, live, null, inner, type, type)
    values += found.values ?? 0
    predictions.push(...found.predictions)
  }
  return withConsequences(measurer, measure, replaced, { rows, values, predictions })
}

async function withConsequences(
  measurer: Measurer,
  { table, cascades }: Pick<MeasureOf<'replaced-rows'>, 'table' | 'cascades'>,
  deleted: RowSelection,
  found: Measurement,
): Promise<Measurement> {
  const select = (columns: readonly string[]) => selectMatching(measurer, table, deleted, columns)
  if (cascades === 'off') return { ...found, predictions: [...found.predictions, ...(await predictOrphans(measurer, table, select))] }
  const cascaded = await measureCascades(measurer, table, cascades, select)
  return { ...found, ...cascaded, predictions: [...found.predictions, ...cascaded.predictions] }
}

export async function measureDisplaced(measurer: Measurer, measure: MeasureOf<'displaced-rows'>): Promise<Measurement> {
  const { table, moves } = measure
  const where = await findDisplaced(measurer, table, moves)
  const gone: RowSelection = { name: moves.rows.name, shape: moves.rows.shape, where, from: null, with: null }
  const rows = await count(measurer, `SELECT count(*) AS n FROM (${selectMatching(measurer, table, gone, [])}) AS g`)
  const predictions = predict(measure).map((one) => ({ ...one, count: rows }))
  return withConsequences(measurer, measure, gone, { rows, predictions })
}

/** Rows that a rebuild's INSERT does not put into the new table for good. */
export async function measureUnfit(measurer: Measurer, measure: MeasureOf<'unfit-rows'>): Promise<Measurement> {
  const { table, incoming, keys, required, checks } = measure
  const { quoteName } = measurer.dialect
  const all = selectIncoming(
    measurer,
    incoming,
    incoming.columns.map(({ name }) => name),
  )
  const fits = [...required.map((column) => `${quoteName(column)} IS NOT NULL`), ...checks.map((check) => `(${check}) IS NOT FALSE`)]
  const fitting = fits.length === 0 ? all : `SELECT * FROM (${all}) AS f WHERE ${fits.join(' AND ')}`
  const kept = await count(measurer, `SELECT count(*) AS n FROM (${fitting}) AS r`)
  const duplicates: number[] = []
  for (const key of keys) duplicates.push(await countDuplicates(measurer, fitting, key))
  if (duplicates.filter((more) => more > 0).length > 1)
    throw new Error('rows collide in several keys, and which of them stay depends on their order')
  const lost = (await count(measurer, `SELECT count(*) AS n FROM (${all}) AS r`)) - kept + duplicates.reduce((sum, more) => sum + more, 0)
  const predictions = lost === 0 ? [] : predict(measure).map((one) => ({ ...one, count: one.effect === 'rows-lost' ? lost : null }))
  return {
    rows: lost,
    predictions: lost === 0 ? [{ effect: 'rows-lost', schema: table.schema, table: table.name, column: null, count: 0 }] : predictions,
  }
}
