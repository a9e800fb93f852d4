import type { VariableSetStmt } from 'libpg-query'
import type { ChangeKind } from '../../sql/change.js'

export function readVariableSet(statement: VariableSetStmt): ChangeKind {
  const first = statement.args?.[0]
  return readSetting(statement.name ?? '', first !== undefined && 'A_Const' in first ? (first.A_Const.sval?.sval ?? null) : null)
}

/** `value` is null for DEFAULT, RESET and what is no plain text. */
export function readSetting(name: string, value: string | null): ChangeKind {
  switch (name.toLowerCase()) {
    case 'timezone':
      return { kind: 'set-time-zone', zone: value }
    case 'search_path':
      return { kind: 'set-schema', schema: value === '' || value === '$user' ? null : value }
    case 'session_replication_role':
      return { kind: 'toggle-session-triggers', enabled: value?.toLowerCase() !== 'replica' }
    default:
      return { kind: 'harmless', what: 'SET' }
  }
}
