import type { Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { isTouched } from '../findings/touched.js'
import type { CompareOptions } from './compare.js'
import { isSameContent, isSameData, pairTables, type TablePair } from './pairs.js'

/** One table before and after the migrations. Names are those of before, where there was a before. */
export interface TableFigure {
  readonly schema: string | null
  readonly table: string
  /** What it is called now, where that is another name. */
  readonly renamedTo?: string
  /** Null: it is new. */
  readonly rowsBefore: number | null
  /** Null: it is gone. */
  readonly rowsAfter: number | null
  /** Columns that are gone, or in which values are others now. */
  readonly changed: readonly string[]
}

export interface TableFigures {
  /** Tables that the migrations touch, or that are not as they were. */
  readonly tables: readonly TableFigure[]
  /** How many others there are: neither touched nor changed. */
  readonly otherTables: number
}

const PRISMA_TABLE = '_prisma_migrations'

/** The figures of every table that the migrations touch or that changed; Prisma's own table is left out. */
export function describeTables(before: Fingerprint, after: Fingerprint, expectations: CompareOptions['expectations']): TableFigures {
  const { pairs, gone, added } = pairTables(before, after, expectations.renames ?? [])
  const own = pairs.filter((pair) => pair.before.name !== PRISMA_TABLE)
  const shown = own.filter((pair) => isWorthShowing(pair, expectations))
  const tables = [
    ...gone.filter(({ name }) => name !== PRISMA_TABLE).map(describeGone),
    ...shown.map(describePair),
    ...added.filter(({ name }) => name !== PRISMA_TABLE).map(describeAdded),
  ]
  return { tables: tables.sort(compareNames), otherTables: own.length - shown.length }
}

// Where anything may have been touched, only what changed is worth a line.
function isWorthShowing(pair: TablePair, { touched }: CompareOptions['expectations']): boolean {
  const { before } = pair
  return (touched.kind !== 'all' && isTouched(touched, before.schema, before.name)) || isRenamed(pair) || !isUnchanged(pair)
}

function isUnchanged(pair: TablePair): boolean {
  return pair.gone.length === 0 && isSameData(pair)
}

function isRenamed({ before, after }: TablePair): boolean {
  return before.name !== after.name || before.schema !== after.schema
}

function describePair(pair: TablePair): TableFigure {
  const { before, after } = pair
  const others = pair.columns.filter(
    (one) => one.before.generated !== true && one.before.digest !== null && !isSameContent(one.before, one.after),
  )
  return {
    schema: before.schema,
    table: before.name,
    ...(isRenamed(pair)
      ? { renamedTo: after.schema === before.schema ? after.name : [after.schema, after.name].filter(Boolean).join('.') }
      : {}),
    rowsBefore: before.rows,
    rowsAfter: after.rows,
    // Where rows came or went, every digest differs, and says nothing of the values.
    changed: [...pair.gone, ...(before.rows === after.rows ? others.map((one) => one.before) : [])].map(({ name }) => name),
  }
}

function describeGone({ schema, name, rows }: TableFingerprint): TableFigure {
  return { schema, table: name, rowsBefore: rows, rowsAfter: null, changed: [] }
}

function describeAdded({ schema, name, rows }: TableFingerprint): TableFigure {
  return { schema, table: name, rowsBefore: null, rowsAfter: rows, changed: [] }
}

function compareNames(a: TableFigure, b: TableFigure): number {
  return (a.schema ?? '').localeCompare(b.schema ?? '') || a.table.localeCompare(b.table)
}
