import type { CatalogBelonging } from '../catalog.js'
import type { Connection } from '../database.js'
import { readObjects } from './objects.js'
import { quoteName } from './parse-text.js'

/** What goes with a table that is rebuilt, and that Prisma's schema does not know. Plain indexes are in it, and come and go with it. */
export async function readBelongings(connection: Connection): Promise<readonly CatalogBelonging[]> {
  const objects = await readObjects(connection)
  const found = objects.flatMap(({ type, table, name, definition }): readonly CatalogBelonging[] => {
    const kind = type === 'index' ? describeIndex(definition) : type
    const isPart = type !== 'index' && type !== 'trigger'
    return table === null || kind === null ? [] : [{ type: kind, table, name, sql: isPart ? null : definition }]
  })
  return [...found, ...(await readMarks(connection))]
}

function describeIndex(definition: string): string | null {
  const [head = '', ...columns] = definition.split('(')
  if (/\bunique\b/i.test(head)) return 'unique index'
  if (/\)\s*where\b/i.test(definition)) return 'partial index'
  return columns.length > 1 ? 'expression index' : null
}

/** Tables whose highest rows were deleted: their ids are not given again. https://sqlite.org/autoinc.html */
async function readMarks(connection: Connection): Promise<readonly CatalogBelonging[]> {
  const [kept] = await connection.query("SELECT 1 AS one FROM sqlite_master WHERE name = 'sqlite_sequence'")
  if (kept === undefined) return []
  const marks: CatalogBelonging[] = []
  for (const { name, seq } of await connection.query(
    'SELECT name, CAST(seq AS TEXT) AS seq FROM sqlite_sequence WHERE name IN (SELECT name FROM sqlite_master)',
  )) {
    const table = String(name)
    const [row] = await connection.query(`SELECT coalesce(max(rowid), 0) < ${Number(seq)} AS "isAbove" FROM ${quoteName(table)}`)
    const sql = `UPDATE sqlite_sequence SET seq = ${Number(seq)} WHERE name = '${table.replaceAll("'", "''")}'`
    if (Number(row?.isAbove) === 1) marks.push({ type: 'AUTOINCREMENT mark', table, name: String(seq), sql })
  }
  return marks
}
