import { nextSize, type ReadRows } from '../read-rows.js'

/** Before it is known how large they are. */
const FIRST_ROWS = 100

/** By a cursor. It is planned for reading all rows, not the first ones. https://www.postgresql.org/docs/current/sql-declare.html */
export const readRows: ReadRows = async (connection, sql, onRows) => {
  await connection.query('SET LOCAL cursor_tuple_fraction = 1')
  await connection.query(`DECLARE safe_migrate_rows NO SCROLL CURSOR FOR ${sql}`)
  for (let size = FIRST_ROWS; ; ) {
    const rows = await connection.query(`FETCH ${size} FROM safe_migrate_rows`)
    if (rows.length === 0) break
    await onRows(rows)
    size = nextSize(rows)
  }
  await connection.query('CLOSE safe_migrate_rows')
}
