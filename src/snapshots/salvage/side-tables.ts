import { createHash } from 'node:crypto'
import type { SideColumn, SideTables } from '../../databases/salvage.js'
import { SafeMigrateError } from '../../errors.js'
import { displayName, quoteIdentifier as quote, quoteText } from '../../util/names.js'
import { countOf } from '../parts/part.js'
import { BACK, FLAGS, type GoneTable, plainValue, REASONS, type Salvage, type SalvagePart } from './salvage-part.js'
import { goneStatements, goneTableStatement, rowStatement, valueStatements } from './side-statements.js'

/** Says of each row why it is here. */
export const REASON_COLUMN = '_safe_migrate_reason'

/** A side table, as it will be made. */
export interface SideTable {
  /** For people: the table that its rows are of. */
  readonly of: string
  readonly schema: string | null
  readonly table: string
  /** `rows`: whole rows. `values`: values of rows that are there, with their key. */
  readonly what: 'rows' | 'values'
  readonly rows: number
  readonly columns: readonly SideColumn[]
  /** Query on the working tables. */
  readonly select: string
  /** To use it, once its name is known. */
  statements(name: string): readonly string[]
}

/** A side table that was made. */
export interface WrittenSideTable extends Pick<SideTable, 'of' | 'what' | 'rows'> {
  /** For SQL, quoted; null in a dry run. */
  readonly name: string | null
  /** SQL that uses it, in order; empty in a dry run. */
  readonly statements: readonly string[]
}

/** Everything that goes aside; tables without a row are left out. */
export async function describeSideTables(salvage: Salvage): Promise<readonly SideTable[]> {
  const tables = [
    ...salvage.parts.flatMap((one) => [sideRows(salvage, one), ...sideValues(salvage, one)]),
    ...salvage.goneTables.map(sideTable),
  ]
  const counted: SideTable[] = []
  for (const table of tables) {
    const rows = await countOf(salvage.work, `SELECT count(*) AS n FROM (${table.select}) AS side`)
    if (rows > 0) counted.push({ ...table, rows })
  }
  return counted
}

/** @throws SafeMigrateError `snapshot` when one does not hold what it is to */
export async function writeSideTables(
  tables: readonly SideTable[],
  side: SideTables,
  stamp: string,
  defaultSchema: string | null,
): Promise<readonly WrittenSideTable[]> {
  const written: WrittenSideTable[] = []
  for (const table of tables) {
    const name = freeName(side, `${table.schema === defaultSchema || table.schema === null ? '' : `${table.schema}_`}${table.table}`, [
      table.what,
      stamp,
    ])
    const rows = await side.write(name, table.columns, table.select)
    if (rows !== table.rows) throw incomplete(table, rows)
    const { of, what } = table
    const statements = table.statements(side.nameOf(name)).map((sql) => `${sql};`)
    const prologue = side.prologue === null ? [] : [`${side.prologue};`]
    written.push({ of, what, rows, name: side.nameOf(name), statements: [...prologue, ...statements] })
  }
  return written
}

/** `<table>_<what>_<stamp>`, cut where it is too long, numbered where it is taken. */
function freeName(side: SideTables, table: string, rest: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const end = `_${[...rest, ...(number === 1 ? [] : [String(number)])].join('_')}`
    const room = side.longestName - end.length
    const name = `${Buffer.byteLength(table) <= room ? table : cut(table, room)}${end}`
    if (!side.has(name)) return name
  }
}

function cut(table: string, bytes: number): string {
  const mark = `_${createHash('sha256').update(table).digest('hex').slice(0, 6)}`
  const letters = Array.from(table)
  while (Buffer.byteLength(letters.join('')) > bytes - mark.length) letters.pop()
  return `${letters.join('')}${mark}`
}

function sideRows(salvage: Salvage, salvaged: SalvagePart): SideTable {
  const { part, plain } = salvaged
  const names = part.before.columns.flatMap(({ name }) => (plain.has(name) ? [name] : []))
  const words = salvage.refused.get(part.live)
  const reasons = Object.entries(REASONS).map(([reason, text]) => {
    const said = reason === 'refused' && words !== undefined ? `${text}: ${words}` : text
    return `WHEN '${reason}' THEN ${quoteText(said)}`
  })
  const values = names.map((name) => plainValue(salvaged, name))
  return {
    of: displayName(part.before.schema, part.before.name),
    schema: part.before.schema,
    table: part.before.name,
    what: 'rows',
    rows: 0,
    columns: [...names.map((name) => ({ name, type: plain.get(name) ?? 'text' })), { name: REASON_COLUMN, type: 'text' }],
    select: `SELECT ${[...values, `CASE p.reason ${reasons.join(' ')} END`].join(', ')} FROM ${part.work} AS p WHERE p.state IN ('orphan', 'orphan-there') AND p.reason IS NOT NULL`,
    statements: (name) => [rowStatement(salvage, salvaged, name)],
  }
}

function sideValues(salvage: Salvage, salvaged: SalvagePart): readonly SideTable[] {
  const { part, plain, values, gone } = salvaged
  if (values.length + gone.length === 0) return []
  const isKept = ({ column }: SalvagePart['values'][number]) => `p.w${column.index} > ${BACK}`
  const goneValues = gone.map(({ name }) => ({ name, sql: plainValue(salvaged, name) }))
  const conditions = [...values.map(isKept), ...goneValues.map(({ sql }) => `${sql} IS NOT NULL`)]
  // Without a key, a value says nothing unless the rest of its row stands beside it.
  const key = part.key === null ? part.columns : part.key
  const columns = [
    ...key.map((column) => ({ name: column.before.name, sql: plainValue(salvaged, column.before.name) })),
    ...values.map((value) => ({
      name: value.column.before.name,
      sql: `CASE WHEN ${isKept(value)} THEN ${plainValue(salvaged, value.column.before.name)} END`,
    })),
    ...goneValues,
  ]
  const unique = columns.filter(({ name }, place) => columns.findIndex((one) => one.name === name) === place)
  const reasons = [
    ...values.map(({ column }) => {
      const cases = Object.entries(FLAGS).map(
        ([flag, reason]) => `WHEN ${flag} THEN ${quoteText(`${column.before.name}: ${REASONS[reason]}. `)}`,
      )
      return `CASE p.w${column.index} ${cases.join(' ')} ELSE '' END`
    }),
    ...goneValues.map(({ name, sql }) => `CASE WHEN ${sql} IS NULL THEN '' ELSE ${quoteText(`${name}: ${REASONS.column}. `)} END`),
  ]
  return [
    {
      of: displayName(part.before.schema, part.before.name),
      schema: part.before.schema,
      table: part.before.name,
      what: 'values',
      rows: 0,
      columns: [...unique.map(({ name }) => ({ name, type: plain.get(name) ?? 'text' })), { name: REASON_COLUMN, type: 'text' }],
      select: `SELECT ${[...unique.map(({ sql }) => sql), reasons.join(' || ')].join(', ')} FROM ${part.work} AS p WHERE (${conditions.join(' OR ')}) AND p.state NOT IN ('orphan', 'orphan-there')`,
      statements: (name) => [...valueStatements(salvage, salvaged, name), ...goneStatements(salvage, salvaged, name)],
    },
  ]
}

function sideTable({ before, work, columns, plain }: GoneTable): SideTable {
  return {
    of: displayName(before.schema, before.name),
    schema: before.schema,
    table: before.name,
    what: 'rows',
    rows: 0,
    columns: [
      ...columns.map((column) => ({ name: column.before.name, type: plain.get(column.before.name) ?? 'text' })),
      { name: REASON_COLUMN, type: 'text' },
    ],
    select: `SELECT ${[...columns.map(({ index }) => `p.x${index}`), quoteText(REASONS.table)].join(', ')} FROM ${work} AS p`,
    statements: (name) => [
      goneTableStatement(
        before,
        columns.map((column) => quote(column.before.name)),
        name,
      ),
    ],
  }
}

function incomplete({ of }: SideTable, rows: number): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The side table for ${of} was written, and holds ${rows} rows instead of those that were to be in it.`,
    why: 'Everything was undone: the database is as it was.',
    next: ['To bring back everything: safe-migrate restore'],
  })
}
