import type { SqlSource } from '../../sql/statement.js'
import { tokenize } from '../../sql/tokens.js'
import type { Connection } from '../database.js'
import type { Reach } from '../rehearsal.js'
import { SQLITE_STYLE } from './parse-text.js'

/** A database file reaches another only by its path. https://www.sqlite.org/lang_attach.html */
export async function findReach(_connection: Connection, migrations: readonly SqlSource[]): Promise<Reach> {
  const refused = migrations.flatMap(({ migration, sql }) =>
    findActions(sql).map((what) => `${migration} has ${what}, which leads to another file`),
  )
  return { refused, warned: [] }
}

function findActions(sql: string): readonly string[] {
  const tokens = tokenize(sql, SQLITE_STYLE).filter((token) => token.kind !== 'comment')
  return tokens.flatMap((token, index) => {
    const isStart = index === 0 || tokens[index - 1]?.word === ';'
    if (token.kind !== 'word' || !isStart) return []
    if (token.word === 'ATTACH') return ['ATTACH']
    const end = tokens.findIndex((other, place) => place > index && other.word === ';')
    const rest = tokens.slice(index + 1, end === -1 ? undefined : end)
    return token.word === 'VACUUM' && rest.some((other) => other.word === 'INTO') ? ['VACUUM INTO'] : []
  })
}
