import type { Connection } from '../../../databases/database.js'
import type { Fingerprint, SequenceState } from '../../../databases/fingerprint.js'
import { postgresql } from '../../../databases/postgresql/postgresql.js'
import { readingLike } from '../../equal-fingerprints.js'
import type { SnapshotContext } from '../../snapshot.js'

/** Values that a sequence logs before it hands them out. https://github.com/postgres/postgres/blob/master/src/backend/commands/sequence.c (SEQ_LOG_VALS) */
const LOGGED_AHEAD = 32n

/** What a database shows that was copied or set aside on the server, read as closely as when it was. */
export async function readCopy(
  { onProgress }: Pick<SnapshotContext, 'onProgress'>,
  connection: Connection,
  expected: Fingerprint,
): Promise<Fingerprint> {
  return forgiveJumps(connection, expected, await postgresql.fingerprint(connection, { ...readingLike(expected), onProgress }))
}

/** After a crash of the server a sequence goes on where its log was: it skips values, and is never behind. That is no change by anybody. */
async function forgiveJumps(connection: Connection, expected: Fingerprint, actual: Fingerprint): Promise<Fingerprint> {
  const wanted = new Map(expected.sequences.map((one) => [keyOf(one), one.lastValue]))
  const isMoved = (one: SequenceState) => wanted.has(keyOf(one)) && wanted.get(keyOf(one)) !== one.lastValue
  if (!actual.sequences.some(isMoved)) return actual
  const rows = await connection.query(
    'SELECT schemaname AS schema, sequencename AS name, increment_by::text AS increment FROM pg_sequences',
  )
  const increments = new Map(rows.map(({ schema, name, increment }) => [keyOf({ schema, name }), BigInt(String(increment))]))
  const sequences = actual.sequences.map((one) => {
    const then = wanted.get(keyOf(one)) ?? null
    return isJump(then, one.lastValue, increments.get(keyOf(one)) ?? 1n) ? { ...one, lastValue: then } : one
  })
  return { ...actual, sequences }
}

function isJump(then: string | null, now: string | null, increment: bigint): boolean {
  if (then === null || now === null) return false
  const ahead = (BigInt(now) - BigInt(then)) * (increment < 0n ? -1n : 1n)
  const size = increment < 0n ? -increment : increment
  return ahead > 0n && ahead <= LOGGED_AHEAD * size
}

function keyOf({ schema, name }: { readonly schema: unknown; readonly name: unknown }): string {
  return JSON.stringify([schema, name])
}
