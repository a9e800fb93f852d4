import { sha256OfText } from '../../../util/sha256.js'

/** PostgreSQL cuts longer names off. https://www.postgresql.org/docs/current/limits.html */
const LONGEST_NAME = 63
const TAG_LENGTH = 8
/** Digits of a time to the millisecond. */
const STAMP_LENGTH = 17

/** The database that pg-template keeps as the snapshot with this id: `shop__safe_migrate_1f3a9c02`. */
export function templateDatabaseName(database: string, snapshotId: string): string {
  return fit(database, `__safe_migrate_${tagOf(`${database}\n${snapshotId}`)}`)
}

/** The database that a restore fills before it takes the place of `database`. One run at a time holds the lock, so one name is enough. */
export function freshDatabaseName(database: string): string {
  return fit(database, `__safe_migrate_new_${tagOf(database)}`)
}

/** The database into which `snapshot verify --restore` restores. */
export function verifyDatabaseName(database: string): string {
  return fit(database, `__safe_migrate_verify_${tagOf(database)}`)
}

/** Where a restore puts the database that it replaces: `shop__safe_migrate_replaced_20261121101530123`. */
export function replacedDatabaseName(database: string, time: Date): string {
  const stamp = time.toISOString().replaceAll(/\D/g, '')
  return fit(database, `${REPLACED}${stamp}`)
}

const REPLACED = '__safe_migrate_replaced_'

/** What all names of replaced databases of `database` begin with. */
export function replacedDatabasePrefix(database: string): string {
  return fit(database, `${REPLACED}${'0'.repeat(STAMP_LENGTH)}`).slice(0, -STAMP_LENGTH)
}

function tagOf(text: string): string {
  return sha256OfText(text).slice(0, TAG_LENGTH)
}

/** Cuts the name, never in the middle of a character, so that the suffix fits; a cut name gets a tag of the whole one, so that no two databases share it. */
function fit(database: string, suffix: string): string {
  if (Buffer.byteLength(database + suffix) <= LONGEST_NAME) return database + suffix
  const end = `_${tagOf(database)}${suffix}`
  let base = database
  while (Buffer.byteLength(base + end) > LONGEST_NAME) base = [...base].slice(0, -1).join('')
  return base + end
}
