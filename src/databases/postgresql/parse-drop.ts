import type { DropStmt, Node, RenameStmt } from 'libpg-query'
import type { ChangeKind, ObjectName } from '../../sql/change.js'
import { nameOfParts, readNameParts, readRangeVar } from './parse-names.js'

export function readDrop(statement: DropStmt): readonly ChangeKind[] {
  const cascade = statement.behavior === 'DROP_CASCADE'
  const ifExists = statement.missing_ok === true
  return (statement.objects ?? []).map((node) => readDroppedObject(statement.removeType, node, cascade, ifExists))
}

function readDroppedObject(type: DropStmt['removeType'], node: Node, cascade: boolean, ifExists: boolean): ChangeKind {
  const parts = readNameParts(node)
  const name = nameOfParts(parts)
  switch (type) {
    case 'OBJECT_TABLE':
      return { kind: 'drop-table', table: name, cascade, ifExists, deletesRows: false }
    case 'OBJECT_FOREIGN_TABLE':
      return { kind: 'drop-table', table: name, cascade, ifExists, deletesRows: false, foreign: true }
    case 'OBJECT_SCHEMA':
      return { kind: 'drop-schema', schema: name.name, cascade, ifExists }
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return { kind: 'drop-type', type: name, cascade }
    case 'OBJECT_EXTENSION':
      return { kind: 'drop-extension', name: name.name, cascade, ifExists }
    case 'OBJECT_TRIGGER':
    case 'OBJECT_POLICY':
    case 'OBJECT_RULE':
      // They are named `table.object`.
      return { kind: 'drop-object', type: describeObject(type), ...nameOnTable(parts), cascade }
    default:
      return { kind: 'drop-object', type: describeObject(type), name, on: null, cascade }
  }
}

function nameOnTable(parts: readonly string[]): { readonly name: ObjectName; readonly on: ObjectName } {
  return { name: { schema: null, name: parts.at(-1) ?? '' }, on: nameOfParts(parts.slice(0, -1)) }
}

/** Where the grammar's word is not what people say. */
const WORDS: Readonly<Record<string, string>> = {
  matview: 'materialized view',
  fdw: 'foreign-data wrapper',
  'statistic ext': 'statistics',
  tsconfiguration: 'text search configuration',
  tsdictionary: 'text search dictionary',
  opclass: 'operator class',
  opfamily: 'operator family',
}

export function describeObject(type: string | undefined): string {
  const words = (type ?? 'OBJECT_').replace('OBJECT_', '').toLowerCase().replaceAll('_', ' ')
  return WORDS[words] ?? words
}

export function readRename(statement: RenameStmt): ChangeKind {
  const to = statement.newname ?? ''
  const table = readRangeVar(statement.relation)
  const type = statement.renameType
  if (type === 'OBJECT_TABLE' || type === 'OBJECT_FOREIGN_TABLE') return { kind: 'rename-table', table, to, toSchema: null }
  if (type === 'OBJECT_COLUMN' && isTable(statement.relationType))
    return { kind: 'rename-column', table, column: statement.subname ?? '', to }
  if (type === 'OBJECT_SCHEMA') return { kind: 'rename-schema', schema: statement.subname ?? '', to }
  if (type === 'OBJECT_TYPE' || type === 'OBJECT_DOMAIN') {
    return { kind: 'rename-type', type: nameOfParts(statement.object === undefined ? [] : readNameParts(statement.object)), to }
  }
  return { kind: 'harmless', what: `RENAME ${describeObject(type).toUpperCase()}` }
}

function isTable(type: string | undefined): boolean {
  return type === undefined || type === 'OBJECT_TABLE' || type === 'OBJECT_FOREIGN_TABLE'
}
