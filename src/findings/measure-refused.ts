import type { Demand, Measure } from '../rules/measure.js'
import { selectIncoming } from './measure-conflicts.js'
import { count, type Measurement, type Measurer } from './measurer.js'

type MeasureOf<W extends Measure['what']> = Extract<Measure, { what: W }>

const EXAMPLES = 5

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
function violates(measurer: Measurer, { incoming, demand }: MeasureOf<'refused-rows'>): string {
  const { quoteName, measuring } = measurer.dialect
  const own = (column: string) => `n.${quoteName(column)}`
  switch (demand.kind) {
    case 'check':
      return `(${demand.condition}) IS FALSE`
    case 'types':
      return `(${incoming.columns.map(({ name, type }) => measuring.isMistyped(own(name), type ?? '')).join(' OR ')})`
    case 'key':
      return isTaken(measurer, incoming, demand)
  }
}

/** Another new row has the same key. */
function isTaken(
  measurer: Measurer,
  incoming: MeasureOf<'refused-rows'>['incoming'],
  { columns }: Extract<Demand, { kind: 'key' }>,
): string {
  const names = columns.map(measurer.dialect.quoteName)
  const mine = `(${names.map((name) => `n.${name}`).join(', ')})`
  const present = names.map((name) => `r.${name} IS NOT NULL`).join(' AND ')
  const rows = `(${selectIncoming(measurer, incoming, columns)}) AS r`
  return `${mine} IN (SELECT ${names.join(', ')} FROM ${rows} WHERE ${present} GROUP BY ${names.join(', ')} HAVING count(*) > 1)`
}
