import type {
  AlterTableStmt,
  CreateIndexStmt,
  CreateTableStmt,
  CreateViewStmt,
  DeleteStmt,
  PragmaStmt,
  Stmt,
  UpdateStmt,
} from 'sqlite3-parser'
import { isAlwaysTrue, isNeverTrue } from '../../sql/always-true.js'
import type { BodyChange, ChangeKind } from '../../sql/change.js'
import { nameOfKey, readChecks, readColumn, readColumns, readForeignKeys, readTableForeignKey } from './parse-columns.js'
import { readAction, readConstraints } from './parse-constraints.js'
import { readAssignment, readInsert, readWith } from './parse-insert.js'
import { readRowCopy } from './parse-row-copy.js'
import { isTemporary, quoteName, readName, SQLITE_STYLE, textOf } from './parse-text.js'

/** Everything one statement does. `deletesRows`: foreign keys are enforced where it stands. */
export function readStatement(node: Stmt, sql: string, deletesRows: boolean): readonly BodyChange[] {
  switch (node.type) {
    case 'AlterTableStmt':
      return readAlterTable(node, sql)
    case 'CreateTableStmt':
      return readCreateTable(node, sql)
    case 'DropTableStmt':
      return [{ kind: 'drop-table', table: readName(node.tblName), cascade: false, ifExists: node.ifExists, deletesRows }]
    case 'CreateIndexStmt':
      return [readIndex(node, sql)]
    case 'DeleteStmt':
      return [readWrite(readDelete(node, sql))]
    case 'UpdateStmt':
      return [readWrite(readUpdate(node, sql))]
    case 'InsertStmt':
      return [readWrite(readInsert(node, sql))]
    case 'PragmaStmt':
      return [readPragma(node, sql)]
    default:
      return [readOther(node)]
  }
}

/** What ANALYZE found is made again by ANALYZE. The marks of AUTOINCREMENT are no rows of anybody's, and one below the highest id has no effect. https://sqlite.org/autoinc.html */
function readWrite(change: ChangeKind): ChangeKind {
  const isOwn = 'table' in change && /^sqlite_(sequence|stat\d)$/i.test(change.table.name)
  return isOwn ? { kind: 'harmless', what: 'a write to the notes of SQLite' } : change
}

function readAlterTable(node: AlterTableStmt, sql: string): readonly ChangeKind[] {
  const table = readName(node.tblName)
  const { body } = node
  switch (body.type) {
    case 'RenameToAlterTableBody':
      return [{ kind: 'rename-table', table, to: body.name.text, toSchema: null }]
    case 'RenameColumnAlterTableBody':
      return [{ kind: 'rename-column', table, column: body.old.text, to: body.new.text }]
    case 'DropColumnAlterTableBody':
      return [{ kind: 'drop-column', table, column: body.column.text, cascade: false, ifExists: false }]
    case 'AddColumnAlterTableBody':
      return [
        { kind: 'add-column', table, definition: readColumn(body.column, sql), ifNotExists: false },
        ...readChecks(body.column, table, sql),
      ]
    case 'SetColumnNotNullAlterTableBody':
      return [{ kind: 'set-not-null', table, column: body.column.text }]
    case 'DropColumnNotNullAlterTableBody':
      return [{ kind: 'drop-not-null', table, column: body.column.text }]
    case 'DropConstraintAlterTableBody':
      return [{ kind: 'drop-constraint', table, name: body.name.text, cascade: false }]
    case 'AddConstraintAlterTableBody': {
      const [foreignKey] = readTableForeignKey(body.constraint)
      if (foreignKey !== undefined) return [{ kind: 'add-constraint', table, ...foreignKey }]
      const { name, constraint } = body.constraint
      if (constraint.type !== 'CheckTableConstraint') return [{ kind: 'opaque', reason: 'SQLite cannot add such a constraint' }]
      return [{ kind: 'add-check', table, name: name?.text ?? null, condition: textOf(sql, constraint.expr.span), notValid: false }]
    }
  }
}

function readCreateTable(node: CreateTableStmt, sql: string): readonly ChangeKind[] {
  const table = readName(node.tblName)
  const common = { table, temporary: node.temporary || isTemporary(node.tblName), ifNotExists: node.ifNotExists }
  if (node.body.type === 'AsSelectCreateTableBody')
    return [
      {
        kind: 'create-table',
        ...common,
        columns: [],
        query: textOf(sql, node.body.select.span),
        copies: readRowCopy(node.body.select, null, sql),
      },
    ]
  return [
    {
      kind: 'create-table',
      ...common,
      columns: readColumns(node.body, sql),
      query: null,
      copies: null,
      constraints: readConstraints(node.body, sql),
    },
    ...readForeignKeys(node.body, table),
  ]
}

function readIndex(node: CreateIndexStmt, sql: string): ChangeKind {
  if (!node.unique)
    return {
      kind: 'create-object',
      type: 'index',
      name: readName(node.idxName),
      on: { schema: null, name: node.tblName.text },
      cascade: false,
    }
  const names = node.columns.map(nameOfKey)
  return {
    kind: 'add-unique',
    table: { schema: null, name: node.tblName.text },
    columns: names.filter((name) => name !== ''),
    keys: node.columns.map((column, index) => {
      const name = names[index] ?? ''
      return name === '' || column.expr.type === 'CollateExpr' ? textOf(sql, column.expr.span) : quoteName(name)
    }),
    name: node.idxName.objName.text,
    where: node.whereClause === undefined ? null : readPredicate(textOf(sql, node.whereClause.span)),
    primaryKey: false,
    nullsEqual: false,
  }
}

export function readPredicate(predicate: string): string | null {
  return isAlwaysTrue(predicate, SQLITE_STYLE) ? null : predicate
}

function keepsNoRow(predicate: DeleteStmt['whereClause'], sql: string): boolean {
  return predicate !== undefined && isNeverTrue(textOf(sql, predicate.span), SQLITE_STYLE)
}

function readDelete(node: DeleteStmt, sql: string): ChangeKind {
  if (keepsNoRow(node.whereClause, sql)) return { kind: 'harmless', what: 'DELETE of no row' }
  const where = node.whereClause === undefined ? null : readPredicate(textOf(sql, node.whereClause.span))
  const withText = readWith(node.with, sql)
  const limited = node.limit === undefined ? where : limitRows(node, where, sql)
  return {
    kind: 'delete',
    table: readName(node.tblName),
    alias: node.tblName.alias?.text ?? null,
    where: limited,
    using: null,
    with: withText,
  }
}

/** DELETE … LIMIT is a compile-time option of SQLite; said as a predicate it can be counted. */
function limitRows(node: DeleteStmt, where: string | null, sql: string): string {
  const order = node.orderBy?.map((column) => textOf(sql, column.span)).join(', ')
  const limit = node.limit === undefined ? '' : textOf(sql, node.limit.span)
  const rows = `SELECT rowid FROM ${textOf(sql, node.tblName.span)}`
  return `rowid IN (${[rows, where && `WHERE ${where}`, order && `ORDER BY ${order}`, limit].filter(Boolean).join(' ')})`
}

function readUpdate(node: UpdateStmt, sql: string): ChangeKind {
  if (keepsNoRow(node.whereClause, sql)) return { kind: 'harmless', what: 'UPDATE of no row' }
  return {
    kind: 'update',
    table: readName(node.tblName),
    alias: node.tblName.alias?.text ?? null,
    assignments: node.sets.flatMap((set) => readAssignment(set, sql)),
    where: node.whereClause === undefined ? null : readPredicate(textOf(sql, node.whereClause.span)),
    from: node.from === undefined ? null : textOf(sql, node.from.span).replace(/^FROM\b\s*/i, ''),
    with: readWith(node.with, sql),
    ...(node.orConflict === undefined ? {} : { onConflict: readAction(node.orConflict) }),
  }
}

function readPragma(node: PragmaStmt, sql: string): ChangeKind {
  const name = node.name.objName.text.toLowerCase()
  if (name === 'writable_schema' && isPragmaOn(node, sql))
    return { kind: 'opaque', reason: 'it lets statements edit the schema table itself' }
  return { kind: 'harmless', what: `PRAGMA ${name}` }
}

/** Whether a boolean pragma is switched on. https://sqlite.org/pragma.html */
export function isPragmaOn(node: PragmaStmt, sql: string): boolean {
  return node.body !== undefined && /^['"]?(1|on|yes|true)['"]?$/i.test(textOf(sql, node.body.value.span))
}

/** Nothing can be written through it but by INSTEAD OF triggers. https://sqlite.org/lang_createview.html */
function readView(node: CreateViewStmt): BodyChange {
  const name = readName(node.viewName)
  const defines = { defines: 'view', name, base: null, alias: '', where: null, columns: [] } as const
  return { kind: 'create-object', type: 'view', name, on: null, cascade: false, defines }
}

function readOther(node: Stmt): BodyChange {
  switch (node.type) {
    case 'DropIndexStmt':
      return { kind: 'drop-object', type: 'index', name: readName(node.idxName), on: null, cascade: false }
    case 'DropViewStmt':
      return { kind: 'drop-object', type: 'view', name: readName(node.viewName), on: null, cascade: false }
    case 'DropTriggerStmt':
      return { kind: 'drop-object', type: 'trigger', name: readName(node.triggerName), on: null, cascade: false }
    case 'CreateViewStmt':
      return readView(node)
    case 'CreateVirtualTableStmt':
      // Its module decides what its columns are.
      return {
        kind: 'create-table',
        table: readName(node.tblName),
        columns: [],
        temporary: false,
        query: 'virtual table',
        copies: null,
        ifNotExists: node.ifNotExists,
      }
    case 'BeginStmt':
      return { kind: 'transaction', action: 'begin' }
    case 'CommitStmt':
      return { kind: 'transaction', action: 'commit' }
    case 'RollbackStmt':
      return { kind: 'transaction', action: node.savepointName === undefined ? 'rollback' : 'rollback-to' }
    case 'SavepointStmt':
      return { kind: 'transaction', action: 'savepoint' }
    case 'ReleaseStmt':
      return { kind: 'transaction', action: 'release' }
    case 'AttachStmt':
      return { kind: 'opaque', reason: 'it opens another database file, whose tables are not known' }
    default:
      return { kind: 'harmless', what: node.type.replace(/Stmt$/, '') }
  }
}
