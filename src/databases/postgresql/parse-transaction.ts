import type { Node } from 'libpg-query'
import type { Change } from '../../sql/change.js'
import { isConcurrent } from './parse-objects.js'
import { isReadBySqlparser } from './sqlparser-limits.js'

/** What a statement has to do with the transaction it stands in. */
export function readTransactionNeeds(node: Node): Pick<Change, 'refusesTransaction' | 'needsTransaction' | 'mayBeUnsplit'> {
  const refused = readRefused(node)
  const needed = readNeeded(node)
  return {
    ...(refused === null ? {} : { refusesTransaction: refused }),
    ...(needed === null ? {} : { needsTransaction: needed }),
    ...(isReadBySqlparser(node) ? {} : { mayBeUnsplit: true }),
  }
}

/** Those that PostgreSQL refuses with 25001, by PreventInTransactionBlock. https://www.postgresql.org/docs/current/sql-commands.html */
function readRefused(node: Node): string | null {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent === true ? 'CREATE INDEX CONCURRENTLY' : null
  if ('DropStmt' in node) return node.DropStmt.concurrent === true ? 'DROP INDEX CONCURRENTLY' : null
  if ('ReindexStmt' in node) {
    const isWide = /_(SCHEMA|SYSTEM|DATABASE)$/.test(node.ReindexStmt.kind ?? '')
    return isConcurrent(node.ReindexStmt.params) ? 'REINDEX CONCURRENTLY' : isWide ? 'REINDEX of more than a table' : null
  }
  if ('AlterTableStmt' in node) {
    const detaches = (node.AlterTableStmt.cmds ?? []).some((command) => detachesConcurrently(command))
    return detaches ? 'DETACH PARTITION CONCURRENTLY' : null
  }
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd === true ? 'VACUUM' : null
  if ('ClusterStmt' in node) return node.ClusterStmt.relation === undefined ? 'CLUSTER without a table' : null
  if ('CreatedbStmt' in node) return 'CREATE DATABASE'
  if ('DropdbStmt' in node) return 'DROP DATABASE'
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE'
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE'
  return 'AlterSystemStmt' in node ? 'ALTER SYSTEM' : null
}

function detachesConcurrently(node: Node): boolean {
  if (!('AlterTableCmd' in node) || node.AlterTableCmd.def === undefined || !('PartitionCmd' in node.AlterTableCmd.def)) return false
  return node.AlterTableCmd.def.PartitionCmd.concurrent === true
}

function readNeeded(node: Node): NonNullable<Change['needsTransaction']> | null {
  if ('LockStmt' in node) return { what: 'LOCK TABLE', fails: true }
  if ('VariableSetStmt' in node && node.VariableSetStmt.is_local === true) return { what: 'SET LOCAL', fails: false }
  return 'ConstraintsSetStmt' in node ? { what: 'SET CONSTRAINTS', fails: false } : null
}
