import type {
  ColumnDefinition as ColumnNode,
  ColumnsAndConstraintsCreateTableBody,
  ForeignKeyClause,
  NamedTableConstraint,
  SortedColumn,
} from 'sqlite3-parser'
import type { ChangeKind, ColumnDefinition, ForeignKeyDefinition, ObjectName, ReferentialAction } from '../../sql/change.js'
import { textOf } from './parse-text.js'

export function readColumn(column: ColumnNode, sql: string): ColumnDefinition {
  const constraints = column.constraints.map((named) => named.constraint)
  const primaryKey = constraints.some((constraint) => constraint.type === 'PrimaryKeyColumnConstraint')
  const value = constraints.find((constraint) => constraint.type === 'DefaultColumnConstraint')
  const type = column.colType === undefined ? null : textOf(sql, column.colType.span).replace(/\s*\bgenerated\s+always$/i, '')
  const computed = constraints.some((constraint) => constraint.type === 'GeneratedColumnConstraint')
  return {
    name: column.colName.text,
    type: type === '' ? null : type,
    notNull: constraints.some((constraint) => constraint.type === 'NotNullColumnConstraint' && !constraint.nullable),
    primaryKey,
    unique: constraints.some((constraint) => constraint.type === 'UniqueColumnConstraint'),
    default: value === undefined || value.expr.type === 'NullLiteral' ? null : textOf(sql, value.expr.span),
    generated: (primaryKey && isRowId(type)) || computed,
    computed,
  }
}

/** ALTER TABLE ADD COLUMN checks the rows that are there. https://www.sqlite.org/lang_altertable.html#altertabaddcol */
export function readChecks(column: ColumnNode, table: ObjectName, sql: string): readonly ChangeKind[] {
  return column.constraints.flatMap(({ name, constraint }) =>
    constraint.type === 'CheckColumnConstraint'
      ? [{ kind: 'add-check', table, name: name?.text ?? null, condition: textOf(sql, constraint.expr.span), notValid: false }]
      : [],
  )
}

/** An INTEGER PRIMARY KEY is the row id, which SQLite fills. https://sqlite.org/lang_createtable.html#rowid */
function isRowId(type: string | null): boolean {
  return type?.toUpperCase() === 'INTEGER'
}

export function readColumns(body: ColumnsAndConstraintsCreateTableBody, sql: string): readonly ColumnDefinition[] {
  const keys = (body.constraints ?? []).flatMap(({ constraint }) =>
    constraint.type === 'PrimaryKeyTableConstraint' ? [constraint.columns.map(nameOfKey)] : [],
  )
  const key = keys.flat()
  return body.columns.map((node) => {
    const column = readColumn(node, sql)
    if (!key.includes(column.name)) return column
    return { ...column, primaryKey: true, generated: column.generated || (key.length === 1 && isRowId(column.type)) }
  })
}

export function readForeignKeys(body: ColumnsAndConstraintsCreateTableBody, table: ObjectName): readonly ChangeKind[] {
  const ofColumns = body.columns.flatMap((column) =>
    column.constraints.flatMap(({ name, constraint }) =>
      constraint.type === 'ForeignKeyColumnConstraint'
        ? [{ name: name?.text ?? null, foreignKey: readForeignKey([column.colName.text], constraint.clause) }]
        : [],
    ),
  )
  const ofTable = (body.constraints ?? []).flatMap(readTableForeignKey)
  return [...ofColumns, ...ofTable].map((key) => ({ kind: 'add-constraint', table, ...key }))
}

export function readTableForeignKey({
  name,
  constraint,
}: NamedTableConstraint): readonly { name: string | null; foreignKey: ForeignKeyDefinition }[] {
  if (constraint.type !== 'ForeignKeyTableConstraint') return []
  const columns = constraint.columns.map((column) => column.colName.text)
  return [{ name: name?.text ?? null, foreignKey: readForeignKey(columns, constraint.clause) }]
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  SetNull: 'set null',
  SetDefault: 'set default',
  Cascade: 'cascade',
  Restrict: 'restrict',
  NoAction: 'no action',
}

function readForeignKey(columns: readonly string[], clause: ForeignKeyClause): ForeignKeyDefinition {
  const action = (type: 'OnDeleteRefArg' | 'OnUpdateRefArg') => {
    const found = clause.args.find((arg) => arg.type === type)
    return found === undefined || found.type === 'MatchRefArg' ? 'no action' : (ACTIONS[found.action] ?? 'no action')
  }
  return {
    columns,
    references: { schema: null, name: clause.tblName.text },
    referencedColumns: (clause.columns ?? []).map((column) => column.colName.text),
    onDelete: action('OnDeleteRefArg'),
    onUpdate: action('OnUpdateRefArg'),
    // SQLite reads MATCH and goes on as if it were not there. https://www.sqlite.org/foreignkeys.html#fk_unsupported
    matchFull: false,
    notValid: false,
  }
}

/** The column's name of an index or key part; empty for an expression. */
export function nameOfKey(column: SortedColumn): string {
  const expr = column.expr.type === 'CollateExpr' ? column.expr.expr : column.expr
  return expr.type === 'Id' ? expr.name : ''
}
