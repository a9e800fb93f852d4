import { messageOf } from '../../errors.js'
import { quoteIdentifier as quote } from '../../util/names.js'
import { readMembers } from '../../util/raw-json.js'
import type { JsonProblem, JsonRow, JsonStageColumn, OpenJsonStage } from '../json-stage.js'
import { type SqliteConnection, toSqlite } from './connection.js'
import { PLACE, readValue, toParameters } from './json-values.js'
import { sqlite } from './sqlite.js'

/** A database of its own in a file that only this connection knows. https://www.sqlite.org/inmemorydb.html#temp_db */
export const openJsonStage: OpenJsonStage = async (target) => {
  const connection = toSqlite(await sqlite.connect(target))
  connection.handle.exec(`ATTACH '' AS "import"`)
  return {
    addTable: async (table, columns) => {
      const sqlName = `"import".${quote(table.name)}`
      const definitions = columns.map(({ name, type }) => `${quote(name)} ${type}`)
      connection.handle.exec(`CREATE TABLE ${sqlName} (${definitions.join(', ')})`)
      return { connection, sqlName, write: async (rows) => writeRows(connection, sqlName, columns, rows) }
    },
    close: () => connection.close(),
  }
}

function writeRows(
  { handle }: SqliteConnection,
  sqlName: string,
  columns: readonly JsonStageColumn[],
  rows: readonly JsonRow[],
): readonly JsonProblem[] {
  const problems: JsonProblem[] = []
  const names = columns.map(({ name }) => quote(name)).join(', ')
  const insert = handle.prepare(`INSERT INTO ${sqlName} (${names}) VALUES (${columns.map(() => PLACE).join(', ')})`)
  handle.exec('BEGIN')
  for (const { line, json } of rows) {
    const parameters = bindRow(line, json, columns, problems)
    if (parameters !== null) insert.run(...parameters)
  }
  handle.exec('COMMIT')
  return problems
}

/** Null: it has problems. */
function bindRow(line: number, json: string, columns: readonly JsonStageColumn[], problems: JsonProblem[]): unknown[] | null {
  const members = readMembers(json)
  let isSound = true
  const parameters = columns.flatMap(({ key, type, notNull }) => {
    try {
      const value = readValue(members.get(key) ?? 'null', type)
      if (value === null && notNull) throw new RangeError('is null, and may not be')
      return toParameters(value)
    } catch (error) {
      isSound = false
      problems.push({ line, message: `${key} ${messageOf(error)}` })
      return []
    }
  })
  return isSound ? parameters : null
}
