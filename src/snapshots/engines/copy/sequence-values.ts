import type { Connection } from '../../../databases/database.js'
import { isUserSchema } from '../../../databases/postgresql/catalog-sql.js'
import { quoteText } from '../../../util/names.js'
import type { CopyFile } from './copy-file.js'

const AT_ONCE = 200
const NAMES = `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} ORDER BY 1`

/** Where every sequence stands; now, since sequences stand outside transactions. Needs an empty search path. */
export async function readSequenceValues(connection: Connection): Promise<CopyFile['sequences']> {
  const names = (await connection.query(NAMES)).map((row) => String(row.name))
  const values: CopyFile['sequences'] = []
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const selects = names
      .slice(at, at + AT_ONCE)
      .map((name) => `SELECT ${quoteText(name)} AS name, last_value::text, is_called FROM ${name}`)
    for (const row of await connection.query(selects.join(' UNION ALL '))) {
      values.push({ name: String(row.name), lastValue: String(row.last_value), isCalled: row.is_called === true })
    }
  }
  return values
}

export async function setSequences(connection: Connection, sequences: CopyFile['sequences']): Promise<void> {
  for (let at = 0; at < sequences.length; at += AT_ONCE) {
    const calls = sequences
      .slice(at, at + AT_ONCE)
      .map(({ name, lastValue, isCalled }) => `setval(${quoteText(name)}, ${BigInt(lastValue)}, ${isCalled})`)
    await connection.query(`SELECT ${calls.join(', ')}`)
  }
}
