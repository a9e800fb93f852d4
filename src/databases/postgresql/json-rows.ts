import { quoteIdentifier } from '../../util/names.js'
import type { JsonColumn, ReadJsonRows } from '../json-rows.js'
import { STABLE_SETTINGS } from './canonical.js'

const ROWS_PER_FETCH = 2_000
/** Exact as JSON by themselves. https://www.postgresql.org/docs/current/functions-json.html */
const PLAIN = /^(boolean|smallint|integer|real|double precision|text|uuid|json|jsonb|name|character( varying)?(\(\d+\))?)$/

/** The server writes the JSON; a cursor keeps memory flat. */
export const readJsonRows: ReadJsonRows = (connection, from, columns, onRows) =>
  connection.readOnly(0, async () => {
    for (const setting of STABLE_SETTINGS) await connection.query(setting)
    const list = columns.map((column) => `${toJson(column)} AS ${quoteIdentifier(column.key)}`).join(', ')
    await connection.query(
      `DECLARE safe_migrate_rows NO SCROLL CURSOR FOR SELECT row_to_json(r)::text AS "line" FROM (SELECT ${list} FROM ${from} AS t) AS r`,
    )
    for (;;) {
      const rows = await connection.query(`FETCH ${ROWS_PER_FETCH} FROM safe_migrate_rows`)
      if (rows.length === 0) break
      await onRows(rows.map(({ line }) => String(line)))
    }
    await connection.query('CLOSE safe_migrate_rows')
  })

function toJson({ name, type }: JsonColumn): string {
  const column = `t.${quoteIdentifier(name)}`
  // A JSON null is no NULL.
  if (type === 'json' || type === 'jsonb') return `CASE WHEN ${column}::text = 'null' THEN '{"$json":null}' ELSE ${column} END`
  if (PLAIN.test(type)) return column
  if (type === 'bytea') return `replace(encode(${column}, 'base64'), E'\\n', '')`
  if (!type.endsWith('[]')) return `${column}::text`
  return PLAIN.test(type.replace(/(\[\])+$/, '')) ? `to_json(${column})` : `array_to_json(${column}::text[])`
}
