import type { Demand, Measure } from '../rules/measure.js'
import { selectIncoming } from './measure-conflicts.js'
import { count, fromTable, type Measurement, type Measurer, quoteTable } from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>

const EXAMPLES = 5
/** What the table's own rows are called beside the new ones. */
const OWN = 'safe_migrate_own'

/** New rows that make the statement fail, with their keys. */
export async function measureRefused(measurer: Measurer, measure: MeasureOf<'refused-rows'>): Promise<Measurement> {
  const { connection, dialect, showValues } = measurer
  const { incoming, identity, demand } = measure
  const given = (name: string) => incoming.given.some((one) => one === name)
  const condition = violates(measurer, measure)
  const needed = neededColumns(measure)
  const source = `(${selectIncoming(measurer, incoming, [...new Set([...needed, ...identity.filter(given)])])}) AS n`
  const rows = await count(measurer, `SELECT count(*) AS n FROM ${source} WHERE ${condition}`)
  if (rows === 0) return { failing: { rows, keys: [] }, predictions: [] }
  const read = async (columns: readonly string[]) => {
    const list = columns.map((column, index) => `${connection.database.comparison.text(`n.${dialect.quoteName(column)}`)} AS e${index}`)
    const order = columns.map((column) => `n.${dialect.quoteName(column)}`).join(', ')
    const found = await connection.query(`SELECT ${list.join(', ')} FROM ${source} WHERE ${condition} ORDER BY ${order} LIMIT ${EXAMPLES}`)
    return found.map((row) => columns.map((_, index) => String(row[`e${index}`])).join(', '))
  }
  const keys = identity.length > 0 && identity.every(given) ? await read(identity) : []
  const shown = demand.kind === 'check' || demand.kind === 'types' ? [] : demand.columns
  const values = showValues && shown.length > 0 ? { values: await read(shown) } : {}
  return { failing: { rows, keys, ...values }, predictions: [] }
}

function neededColumns({ incoming, demand }: MeasureOf<'refused-rows'>): readonly string[] {
  if (demand.kind === 'check' || demand.kind === 'types') return incoming.columns.map(({ name }) => name)
  return demand.columns
}

/** Condition on a new row `n`. */
function violates(measurer: Measurer, { table, incoming, demand }: MeasureOf<'refused-rows'>): string {
  const { quoteName, measuring } = measurer.dialect
  const own = (column: string) => `n.${quoteName(column)}`
  switch (demand.kind) {
    case 'required':
      return `(${demand.columns.map((column) => `${own(column)} IS NULL`).join(' OR ')})`
    case 'check':
      return `(${demand.condition}) IS FALSE`
    case 'types':
      return `(${incoming.columns.map(({ name, type }) => measuring.isMistyped(own(name), type ?? '')).join(' OR ')})`
    case 'reference': {
      const present = demand.columns.map((column) => `${own(column)} IS NOT NULL`).join(' AND ')
      const same = demand.columns.map((column, index) => `p.${quoteName(demand.referencedColumns[index] ?? '')} = ${own(column)}`)
      return `${present} AND NOT EXISTS (SELECT 1 FROM ${quoteTable(measurer, demand.references)} AS p WHERE ${same.join(' AND ')})`
    }
    case 'key':
      return isTaken(measurer, table, incoming, demand)
  }
}

function isTaken(
  measurer: Measurer,
  table: MeasureOf<'refused-rows'>['table'],
  incoming: MeasureOf<'refused-rows'>['incoming'],
  { columns, among }: Extract<Demand, { kind: 'key' }>,
): string {
  const { quoteName } = measurer.dialect
  const names = columns.map(quoteName)
  const mine = `(${names.map((name) => `n.${name}`).join(', ')})`
  const present = (alias: string) => names.map((name) => `${alias}.${name} IS NOT NULL`).join(' AND ')
  const several = `SELECT ${names.join(', ')} FROM (${selectIncoming(measurer, incoming, columns)}) AS r WHERE ${present('r')} GROUP BY ${names.join(', ')} HAVING count(*) > 1`
  const taken =
    among === null
      ? []
      : [
          `${mine} IN (SELECT ${names.map((name) => `${OWN}.${name}`).join(', ')} FROM ${fromTable(measurer, table, { ...among, name: OWN })} WHERE ${present(OWN)})`,
        ]
  return `(${[`${mine} IN (${several})`, ...taken].join(' OR ')})`
}
