import type { AlterSeqStmt, DefElem, Node, RefreshMatViewStmt, ReindexStmt, VacuumStmt } from 'libpg-query'
import type { ChangeKind, ObjectName } from '../../sql/change.js'
import { nameOfParts, readRangeVar } from './parse-names.js'

/** Statements about things that are no tables: what they drop, set back or block; null for any other. */
export function readObjectStatement(node: Node): readonly ChangeKind[] | null {
  if ('DropRoleStmt' in node) {
    const names = (node.DropRoleStmt.roles ?? []).map((role) => ('RoleSpec' in role ? (role.RoleSpec.rolename ?? 'current user') : ''))
    return names.map((name) => drop('role', name))
  }
  if ('DropSubscriptionStmt' in node) return [drop('subscription', node.DropSubscriptionStmt.subname ?? '')]
  if ('AlterSeqStmt' in node) return [readAlterSequence(node.AlterSeqStmt)]
  if ('RefreshMatViewStmt' in node) return [readRefresh(node.RefreshMatViewStmt)]
  const blocked = readBlocking(node)
  return blocked === null ? null : [blocked]
}

function drop(type: string, name: string): ChangeKind {
  return { kind: 'drop-object', type, name: nameOfParts([name]), on: null, cascade: false }
}

function readAlterSequence(statement: AlterSeqStmt): ChangeKind {
  const restart = readRestart(statement.options)
  if (restart === null) return { kind: 'harmless', what: 'ALTER SEQUENCE' }
  return { kind: 'restart-sequence', sequence: readRangeVar(statement.sequence), fills: null, next: restart, followsRows: false }
}

/** The number after RESTART, 'start' without one; null where nothing is restarted. */
export function readRestart(options: readonly Node[] | undefined): string | null {
  const isRestarted = readElements(options).some((element) => element.defname === 'restart')
  return isRestarted ? (readNumber(options, 'restart') ?? 'start') : null
}

/** The number that an option of a sequence has; null without one. */
export function readNumber(options: readonly Node[] | undefined, name: string): string | null {
  const { arg } = readElements(options).find((element) => element.defname === name) ?? {}
  if (arg === undefined) return null
  if ('Integer' in arg) return String(arg.Integer.ival ?? 0)
  return 'Float' in arg ? (arg.Float.fval ?? null) : null
}

function readElements(nodes: readonly Node[] | undefined): readonly DefElem[] {
  return (nodes ?? []).flatMap((node) => ('DefElem' in node ? [node.DefElem] : []))
}

function readRefresh(statement: RefreshMatViewStmt): ChangeKind {
  const name = readRangeVar(statement.relation)
  if (statement.skipData === true) return { kind: 'empty-view', name }
  return statement.concurrent === true
    ? { kind: 'harmless', what: 'REFRESH MATERIALIZED VIEW' }
    : { kind: 'block', what: 'REFRESH MATERIALIZED VIEW', on: name }
}

function readBlocking(node: Node): ChangeKind | null {
  if ('LockStmt' in node) return { kind: 'block', what: 'LOCK TABLE', on: firstRelation(node.LockStmt.relations) }
  if ('ClusterStmt' in node)
    return { kind: 'block', what: 'CLUSTER', on: node.ClusterStmt.relation === undefined ? null : readRangeVar(node.ClusterStmt.relation) }
  if ('ReindexStmt' in node && !isConcurrent(node.ReindexStmt.params))
    return { kind: 'block', what: 'REINDEX', on: reindexed(node.ReindexStmt) }
  if ('AlterTableMoveAllStmt' in node) return { kind: 'block', what: 'SET TABLESPACE', on: null }
  if ('VacuumStmt' in node && isFull(node.VacuumStmt))
    return { kind: 'block', what: 'VACUUM FULL', on: firstRelation(node.VacuumStmt.rels) }
  return null
}

/** An index is not a table, and which one it belongs to is not said. */
function reindexed(statement: ReindexStmt): ObjectName | null {
  return statement.kind === 'REINDEX_OBJECT_TABLE' ? readRangeVar(statement.relation) : null
}

function isFull(statement: VacuumStmt): boolean {
  return readElements(statement.options).some((element) => element.defname === 'full')
}

export function isConcurrent(options: readonly Node[] | undefined): boolean {
  return readElements(options).some((element) => element.defname === 'concurrently')
}

function firstRelation(nodes: readonly Node[] | undefined): ObjectName | null {
  const [first] = nodes ?? []
  if (first === undefined) return null
  if ('RangeVar' in first) return readRangeVar(first.RangeVar)
  return 'VacuumRelation' in first ? readRangeVar(first.VacuumRelation.relation) : null
}
