import type { CatalogTable } from '../catalog.js'
import type { Connection } from '../database.js'
import type { BindValue, FieldValue, ValueBinding } from '../field-value.js'
import { quoteName } from './parse-text.js'

/** Decimal digits that a REAL keeps for certain. https://sqlite.org/floatingpoint.html */
const EXACT_DIGITS = 15

export const valueBinding: ValueBinding = {
  begin: 'BEGIN IMMEDIATE',
  // https://sqlite.org/limits.html#max_variable_number
  maxParameters: 32_766,
  parameter: () => '?',
  prepare,
}

/** Prisma stores times as text, or as milliseconds, by version and adapter: as the column has them, so will be the new ones. */
async function prepare(connection: Connection, table: CatalogTable): Promise<BindValue> {
  const inMilliseconds = new Set<string>()
  for (const { name, type } of table.columns.filter((column) => /date|time/i.test(column.type))) {
    const column = quoteName(name)
    const [row] = await connection.query(
      `SELECT typeof(${column}) AS kind FROM ${quoteName(table.name)} WHERE ${column} IS NOT NULL LIMIT 1`,
    )
    if (row?.kind === 'integer' && !/text/i.test(type)) inMilliseconds.add(name)
  }
  return (value, column) => bind(value, inMilliseconds.has(column.name))
}

function bind(value: FieldValue, inMilliseconds: boolean): unknown {
  if (value === null) return null
  switch (value.kind) {
    case 'text':
    case 'enum':
    case 'json':
      return value.text
    case 'decimal':
      return requireDigits(value.text)
    case 'integer':
      return value.integer
    case 'real':
      return value.real
    case 'boolean':
      return value.truth ? 1n : 0n
    case 'time':
      // https://github.com/prisma/prisma/blob/main/packages/adapter-better-sqlite3/src/conversion.ts
      return inMilliseconds ? BigInt(value.time.getTime()) : value.time.toISOString().replace('Z', '+00:00')
    case 'bytes':
      return Buffer.from(value.bytes)
    case 'list':
      throw new RangeError('is a list, which SQLite does not store')
  }
}

/** A column for numbers turns the text into a REAL. */
function requireDigits(text: string): string {
  const digits = (text.toLowerCase().split('e')[0] ?? '').replace(/[-+.]/g, '').replace(/^0+|0+$/g, '')
  if (digits.length > EXACT_DIGITS) throw new RangeError(`has more than the ${EXACT_DIGITS} digits that SQLite keeps of a decimal`)
  return text
}
