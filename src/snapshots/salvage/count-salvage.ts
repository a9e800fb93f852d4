import { countOf } from '../parts/part.js'
import type { SalvagePlan } from './salvage.js'
import { BACK, FLAGS, REASONS, type Reason, type Salvage, type SalvagePart } from './salvage-part.js'

/** Something that was lost and is not put back, with the reason. */
export interface LeftOut {
  /** Null for whole rows. */
  readonly column: string | null
  readonly count: number
  readonly why: string
}

/** What a salvage does to one table. */
export interface SalvagedTable {
  /** As it is called now, or was when it is gone. */
  readonly schema: string | null
  readonly name: string
  /** Rows that are inserted again. */
  readonly inserted: number
  /** By column, as it is called now: values that go back. */
  readonly values: readonly { readonly column: string; readonly written: number }[]
  /** What goes into side tables instead. */
  readonly aside: readonly LeftOut[]
}

/** Tables in which nothing was lost are left out. */
export async function countSalvage(salvage: Salvage): Promise<readonly SalvagedTable[]> {
  const tables: SalvagedTable[] = []
  for (const one of salvage.parts) tables.push(await countPart(salvage, one))
  for (const { before, work } of salvage.goneTables) {
    const count = await countOf(salvage.work, `SELECT count(*) AS n FROM ${work}`)
    const aside = count === 0 ? [] : [{ column: null, count, why: REASONS.table }]
    tables.push({ schema: before.schema, name: before.name, inserted: 0, values: [], aside })
  }
  return tables.filter(({ inserted, values, aside }) => inserted + values.length + aside.length > 0)
}

/** Whether a salvage does anything at all. */
export function isAnything({ tables }: Pick<SalvagePlan, 'tables'>): boolean {
  return tables.length > 0
}

async function countPart(salvage: Salvage, { part, values, gone, plain }: SalvagePart): Promise<SalvagedTable> {
  const { connection } = salvage.work
  const rows = await connection.query(
    `SELECT state, reason, count(*) AS n FROM ${part.work} WHERE state = 'insert' OR reason IS NOT NULL GROUP BY state, reason`,
  )
  const counted = rows.map(({ state, reason, n }) => ({ state, reason: String(reason), count: Number(n) }))
  const aside: LeftOut[] = counted
    .filter(({ state }) => state !== 'insert')
    .map(({ reason, count }) => ({ column: null, count, why: whyOf(salvage, part.live, reason) }))
  const written: { column: string; written: number }[] = []
  for (const { column } of values) {
    const flags = await connection.query(
      `SELECT w${column.index} AS flag, count(*) AS n FROM ${part.work} WHERE w${column.index} > 0 GROUP BY w${column.index}`,
    )
    for (const { flag, n } of flags) {
      const reason = FLAGS[Number(flag)]
      if (Number(flag) === BACK) written.push({ column: column.name, written: Number(n) })
      else if (reason !== undefined) aside.push({ column: column.before.name, count: Number(n), why: REASONS[reason] })
    }
  }
  for (const { name } of gone.filter((column) => plain.has(column.name))) {
    const place = `g${part.before.columns.findIndex((column) => column.name === name)}`
    const count = await countOf(
      salvage.work,
      `SELECT count(*) AS n FROM ${part.work} WHERE ${place} IS NOT NULL AND state NOT IN ('orphan', 'orphan-there')`,
    )
    if (count > 0) aside.push({ column: name, count, why: REASONS.column })
  }
  const inserted = counted.filter(({ state }) => state === 'insert').reduce((sum, { count }) => sum + count, 0)
  return { schema: part.live.schema, name: part.live.name, inserted, values: written, aside }
}

function whyOf({ refused }: Salvage, live: SalvagePart['part']['live'], reason: string): string {
  const text = isReason(reason) ? REASONS[reason] : reason
  const words = refused.get(live)
  return reason === 'refused' && words !== undefined ? `${text}: ${words}` : text
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text)
}
