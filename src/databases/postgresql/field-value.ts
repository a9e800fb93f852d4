import type { CatalogColumn } from '../catalog.js'
import { countDecimals, type FieldValue, type ValueBinding } from '../field-value.js'

/** Everything as text, which the server reads in the type of the column. https://www.postgresql.org/docs/current/datatype.html */
export const valueBinding: ValueBinding = {
  begin: 'BEGIN',
  // Their number travels as 16 bits. https://www.postgresql.org/docs/current/protocol-message-formats.html
  maxParameters: 65_535,
  parameter: (index) => `$${index}`,
  prepare: async () => bind,
}

function bind(value: FieldValue, column: CatalogColumn): unknown {
  if (value === null) return null
  switch (value.kind) {
    case 'text':
    case 'enum':
    case 'json':
      return value.text
    case 'decimal':
      return requireScale(value.text, column)
    case 'integer':
      return String(value.integer)
    case 'real':
      return String(value.real)
    case 'boolean':
      return value.truth
    case 'time':
      return formatTime(value.time, column.type)
    case 'bytes':
      return Buffer.from(value.bytes)
    case 'list':
      return value.items.map((item) => bind(item, column))
  }
}

/** The server would round silently. */
function requireScale(text: string, column: CatalogColumn): string {
  const scale = /^numeric\(\d+,(-?\d+)\)/.exec(column.type)?.[1]
  if (scale !== undefined && countDecimals(text) > Math.max(0, Number(scale)))
    throw new RangeError(`has more than the ${scale} decimal places of ${column.type}`)
  return text
}

function formatTime(time: Date, type: string): string {
  const text = time.toISOString()
  if (type.startsWith('date')) return text.slice(0, 10)
  if (type.startsWith('time') && !type.startsWith('timestamp')) return text.slice(11, 23)
  return type.includes('with time zone') ? text : text.slice(0, -1)
}
