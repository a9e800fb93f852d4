import type { Node, VariableSetStmt } from 'libpg-query'
import type { ChangeKind } from '../../sql/change.js'

export function readVariableSet(statement: VariableSetStmt): ChangeKind {
  return readSetting(statement.name ?? '', (statement.args ?? []).flatMap(readText), statement.is_local === true)
}

function readText(node: Node): readonly string[] {
  return 'A_Const' in node && node.A_Const.sval !== undefined ? [node.A_Const.sval.sval ?? ''] : []
}

/** No `values` for DEFAULT, RESET and what is no plain text. https://www.postgresql.org/docs/current/sql-set.html */
export function readSetting(name: string, values: readonly string[], isLocal: boolean): ChangeKind {
  const local = isLocal ? { local: true as const } : {}
  switch (name.toLowerCase()) {
    case 'timezone':
      return { kind: 'set-time-zone', zone: values[0] ?? null, ...local }
    case 'search_path': {
      // A role's own schema is rarely there, and the name of the role is not known.
      const schemas = values.filter((value) => value !== '' && value !== '$user')
      return { kind: 'set-schema', schemas: schemas.length === 0 ? null : schemas, ...local }
    }
    case 'session_replication_role':
      return { kind: 'toggle-session-triggers', enabled: values[0]?.toLowerCase() !== 'replica', ...local }
    default:
      return { kind: 'harmless', what: 'SET' }
  }
}
