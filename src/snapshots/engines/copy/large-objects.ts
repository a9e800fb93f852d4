import { join } from 'node:path'
import type { PostgresqlConnection } from '../../../databases/postgresql/connection.js'
import { BEST_COMPRESSION, COMPRESSED_EXTENSION } from '../../../util/compression.js'
import { quoteIdentifier as quote } from '../../../util/names.js'
import { openCopyIn } from '../postgresql/copy-in.js'
import { pipeRows } from '../postgresql/copy-text.js'
import type { CopyFile } from './copy-file.js'
import { copyOut } from './copy-out.js'
import { readBack } from './read-back.js'

/** Bytes of a large object in one row. */
const PIECE = 262_144
const AT_ONCE = 500
const INV_READ = 0x40000
const FILE = 'large-objects.copy'

/** Their contents, cut into rows of piece and position. https://www.postgresql.org/docs/current/lo-funcs.html */
export async function copyLargeObjects(connection: PostgresqlConnection, folder: string): Promise<CopyFile['largeObjects']> {
  const rows = await connection.query(
    'SELECT oid::text AS oid, pg_get_userbyid(lomowner) AS owner FROM pg_largeobject_metadata ORDER BY oid',
  )
  const found = { oids: rows.map((row) => String(row.oid)), owners: rows.map((row) => String(row.owner)) }
  if (rows.length === 0) return { ...found, file: null, rows: 0 }
  const file = `${FILE}${COMPRESSED_EXTENSION[BEST_COMPRESSION]}`
  const source = `(SELECT o.oid, p, lo_get(o.oid, p * ${PIECE}, ${PIECE})
    FROM (SELECT oid, lo_lseek64(lo_open(oid, ${INV_READ}), 0, 2) AS bytes FROM pg_largeobject_metadata OFFSET 0) o, generate_series(0, (o.bytes - 1) / ${PIECE}) p WHERE o.bytes > 0)`
  const copied = await copyOut(connection, source, join(folder, file), { encoding: 'UTF8', onRows: () => {} })
  await readBack(join(folder, file), copied.written.plain)
  return { ...found, file, rows: copied.rows }
}

/** Inside a transaction: the pieces go through a temporary table that ends with it. */
export async function loadLargeObjects(
  connection: PostgresqlConnection,
  folder: string,
  { oids, owners, file }: CopyFile['largeObjects'],
): Promise<void> {
  for (let at = 0; at < oids.length; at += AT_ONCE) {
    const some = oids.slice(at, at + AT_ONCE)
    await connection.query(`SELECT lo_create(o) FROM unnest(ARRAY[${some.map(Number).join(', ')}]::oid[]) o`)
    const owned = some.map((oid, index) => `ALTER LARGE OBJECT ${Number(oid)} OWNER TO ${quote(owners[at + index] ?? '')}`)
    await connection.query(owned.join('; '))
  }
  if (file === null) return
  const pieces = 'pg_temp.safe_migrate_pieces'
  await connection.query(`CREATE TEMPORARY TABLE safe_migrate_pieces (id oid, piece bigint, bytes bytea) ON COMMIT DROP`)
  await pipeRows(join(folder, file), openCopyIn(connection, pieces, ['id', 'piece', 'bytes']))
  await connection.query(`SELECT count(lo_put(id, piece * ${PIECE}, bytes)) FROM ${pieces}; DROP TABLE ${pieces}`)
}
