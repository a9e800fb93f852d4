import type { Connection } from '../database.js'
import type { LargeObjects } from '../fingerprint.js'
import { isTimeUp, queryAside } from './scan.js'
import { endTimeLimit, limitTime } from './time-limit.js'

/** Bytes of one that are read at a time. */
const PIECE = 262_144

/** Of `m`, by this user. https://www.postgresql.org/docs/current/lo-implementation.html */
const MAY_READ = `(current_setting('lo_compat_privileges')::boolean OR pg_has_role(m.lomowner, 'USAGE') OR EXISTS (
  SELECT FROM aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE'))))`

export interface ReadOptions {
  /** False: they are only counted. */
  readonly isDigested: boolean
  /** Until when contents may be read, as `performance.now()` counts; null: as long as it takes. */
  readonly deadline: number | null
}

/** They get higher and higher ids: with a reference only those are read that may have been there then. */
export async function readLargeObjects(
  connection: Connection,
  reference: LargeObjects | undefined,
  { isDigested, deadline }: ReadOptions,
): Promise<LargeObjects> {
  const meant = reference === undefined ? 'true' : `m.oid <= ${reference.highest}`
  const [row] = await connection.query(
    `SELECT count(*)::int8::text AS count, max(oid)::text AS highest, count(*) FILTER (WHERE NOT ${MAY_READ})::text AS hidden FROM pg_largeobject_metadata m WHERE ${meant}`,
  )
  const isRead = isDigested && reference?.digest !== null
  return {
    count: Number(row?.count),
    highest: reference?.highest ?? Number(row?.highest),
    hidden: Number(row?.hidden),
    digest: isRead ? await readInTime(connection, meant, deadline) : null,
  }
}

/** Null when the time is up. */
async function readInTime(connection: Connection, meant: string, deadline: number | null): Promise<string | null> {
  if (deadline === null) return readDigest(connection, meant)
  if (performance.now() >= deadline) return null
  await limitTime(connection, deadline)
  const digest = await readDigest(connection, meant).catch((error: unknown) => {
    if (isTimeUp(error)) return null
    throw error
  })
  await endTimeLimit(connection)
  return digest
}

/** Piece by piece, so that none of them has to fit into memory; a piece that is full has a next one. */
async function readDigest(connection: Connection, meant: string): Promise<string> {
  const read = (oid: string, place: string) =>
    `CROSS JOIN LATERAL (SELECT lo_get(${oid}, ${place} * ${PIECE}, ${PIECE}) AS bytes OFFSET 0) r`
  const digest = (oid: string, place: string) =>
    `length(r.bytes) AS length, hash_record_extended(ROW(r.bytes), hashoidextended(${oid}, ${place})) AS digest`
  const [row] = await queryAside(
    connection,
    `WITH RECURSIVE piece AS (
       SELECT m.oid, 0::int8 AS place, ${digest('m.oid', '0')} FROM pg_largeobject_metadata m ${read('m.oid', '0::int8')} WHERE ${meant} AND ${MAY_READ}
       UNION ALL SELECT p.oid, p.place + 1, ${digest('p.oid', 'p.place + 1')} FROM piece p ${read('p.oid', '(p.place + 1)')} WHERE p.length = ${PIECE}
     ) SELECT sum(digest)::text AS digest FROM piece`,
  )
  return typeof row?.digest === 'string' ? row.digest : '0'
}
