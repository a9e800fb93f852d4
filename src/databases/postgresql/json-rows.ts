import { quoteIdentifier } from '../../util/names.js'
import type { JsonColumn, ReadJsonRows } from '../json-rows.js'
import { STABLE_SETTINGS } from './canonical.js'
import { readRows } from './read-rows.js'

/** Exact as JSON by themselves. https://www.postgresql.org/docs/current/functions-json.html */
const PLAIN = /^(boolean|smallint|integer|real|double precision|text|uuid|name|character varying(\(\d+\))?)$/

/** The server writes the JSON; a cursor keeps memory flat. */
export const readJsonRows: ReadJsonRows = (connection, from, columns, onRows) =>
  connection.readOnly(0, async () => {
    for (const setting of STABLE_SETTINGS) await connection.query(setting)
    await readRows(connection, selectJson(from, columns), (rows) => onRows(rows.map(({ line }) => String(line))))
  })

/** Rows as JSON objects, each without a line break; values.ts reads them back. @param from quoted, as in FROM @param end SQL that is added to each */
export function selectJson(from: string, columns: readonly JsonColumn[], end = ''): string {
  const list = columns.map((column) => `${toJson(column)} AS ${quoteIdentifier(column.key)}`).join(', ')
  // A column may be called like the row.
  return `SELECT row_to_json(r.*)::text${end} AS "line" FROM (SELECT ${list} FROM ${from} AS t) AS r`
}

function toJson({ name, type }: JsonColumn): string {
  const column = `t.${quoteIdentifier(name)}`
  // What could be taken for one of our own objects is inside one. A JSON null is no NULL.
  const needsName = `${column}::text = 'null' OR strpos(${column}::text, '"$json"') > 0 OR strpos(${column}::text, '"$text"') > 0`
  if (type === 'jsonb') return `CASE WHEN ${needsName} THEN jsonb_build_object('$json', ${column}) ELSE ${column} END`
  if (type === 'json')
    return String.raw`CASE WHEN ${column}::text ~ '[\n\r]|^[ \t]|[ \t]$' THEN json_build_object('$text', ${column}::text) WHEN ${needsName} THEN json_build_object('$json', ${column}) ELSE ${column} END`
  if (PLAIN.test(type)) return column
  if (type === 'bytea') return `replace(encode(${column}, 'base64'), E'\\n', '')`
  // The type's own text, which a cast to text may change (blanks at the end of character(5)). A row of NULLs is no NULL, but IS NULL.
  const text = `CASE WHEN num_nulls(${column}) = 0 THEN format('%s', ${column}) END`
  if (!type.endsWith('[]')) return text
  // As one text where elements alone would lose something: bounds other than 1, a delimiter other than the comma.
  const isPlain = PLAIN.test(type.replace(/(\[\])+$/, ''))
  const elements = isPlain ? column : `${column}::text[]`
  const isSame = isPlain ? '' : ` OR format('%s', ${elements}) <> format('%s', ${column})`
  return `CASE WHEN format('%s', ${column}) LIKE '[%'${isSame} THEN to_json(${text}) ELSE to_json(${elements}) END`
}
