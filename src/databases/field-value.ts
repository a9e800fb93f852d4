import type { CatalogColumn, CatalogTable } from './catalog.js'
import type { Connection } from './database.js'

/** A value of a Prisma field, exactly, before a database stores it in its own way. Null is no value. */
export type FieldValue =
  | null
  | { readonly kind: 'text' | 'enum' | 'json'; readonly text: string }
  /** Decimal text of any length: `-12.50`, `1e-7`. */
  | { readonly kind: 'decimal'; readonly text: string }
  | { readonly kind: 'integer'; readonly integer: bigint }
  | { readonly kind: 'real'; readonly real: number }
  | { readonly kind: 'boolean'; readonly truth: boolean }
  | { readonly kind: 'time'; readonly time: Date }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'list'; readonly items: readonly FieldValue[] }

/** As a parameter of a query. @throws RangeError for people when the column would not keep the value exactly */
export type BindValue = (value: FieldValue, column: CatalogColumn) => unknown

/** How a database takes the values of Prisma fields. */
export interface ValueBinding {
  /** Begins a transaction that will write. */
  readonly begin: string
  /** How many parameters a statement may have. */
  readonly maxParameters: number
  /** @param index from 1 */
  parameter(index: number): string
  /** Looks at the table first where the form of a value depends on what is there. */
  prepare(connection: Connection, table: CatalogTable): Promise<BindValue>
}

/** @returns digits behind the point of a decimal text, trailing zeros left out */
export function countDecimals(text: string): number {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const fraction = (mantissa.split('.')[1] ?? '').replace(/0+$/, '')
  const digits = mantissa.replace(/[-+.]/g, '')
  const zeros = fraction === '' ? digits.length - digits.replace(/0+$/, '').length : 0
  return /^0*$/.test(digits) ? 0 : Math.max(0, fraction.length - zeros - Number(exponent))
}
