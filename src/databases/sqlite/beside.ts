import { randomUUID } from 'node:crypto'
import type { SqliteConnection } from './connection.js'
import { toSqlite } from './connection.js'

/** The rows of an earlier fingerprint beside the live ones. */
export interface Beside {
  /** To the live database; that of before is attached as BEFORE, where SQLite can do that. */
  readonly live: SqliteConnection
  readonly isAttached: boolean
  /** To the database of before alone. */
  readonly then: SqliteConnection
  /** What contents are called that are not those of before. */
  readonly other: string
}

/** Quoted name of the attached database. */
export const BEFORE = '"before"'

/** Opens both by connections of their own. @param file as `Fingerprint.rowsIn` @throws SafeMigrateError `connection` when it is not there */
export async function withBeside<T>(connection: SqliteConnection, file: string, work: (beside: Beside) => Promise<T>): Promise<T> {
  const { database, target } = connection
  const then = toSqlite(await database.connect({ ...target, name: file, label: `The snapshot's file ${file}` }))
  try {
    const live = toSqlite(await database.connect(target))
    try {
      return await work({ live, then, isAttached: await attach(live, file), other: randomUUID() })
    } finally {
      await live.close()
    }
  } finally {
    await then.close()
  }
}

/** Not where the text encodings differ. https://www.sqlite.org/lang_attach.html */
async function attach(live: SqliteConnection, file: string): Promise<boolean> {
  return live.query(`ATTACH DATABASE ? AS ${BEFORE}`, [file]).then(
    () => true,
    () => false,
  )
}
