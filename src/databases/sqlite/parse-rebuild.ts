import type { InsertStmt, ResultColumn, SelectFrom, Stmt } from 'sqlite3-parser'
import type { Change, ChangeOf, ColumnDefinition, ObjectName, RebuildSource } from '../../sql/change.js'
import { readTableClauses } from './objects.js'
import { type BackupRebuild, findBackupRebuild, returnedTables, withoutBackup } from './parse-backup-rebuild.js'
import { readAction } from './parse-constraints.js'
import { readNewRows } from './parse-insert.js'
import { readPredicate } from './parse-statement.js'
import { readName, readNames, textOf } from './parse-text.js'

/** A change with the node it was read from. */
export interface ReadChange {
  readonly change: Change
  readonly node: Stmt | null
}

/**
 * Finds SQLite's way to change a table (a new one is created, filled from the old one, and takes its name) and makes one change of it.
 * Both orders of https://sqlite.org/lang_altertable.html#otheralter are known: new table renamed (Prisma's), and old table renamed first.
 */
export function foldRebuilds(read: readonly ReadChange[]): readonly Change[] {
  let rest = read
  let renamed = renamedTables(rest)
  const returned = returnedTables(read.map((one) => one.change))
  for (const { change } of read) {
    if (change.kind !== 'create-table' || change.temporary || change.query !== null) continue
    const name = change.table.name.toLowerCase()
    const pattern = renamed.has(name) ? findPattern(change, rest) : returned.has(name) ? findByBackup(change, rest) : null
    if (pattern === null) continue
    rest = fold(pattern, rest)
    renamed = renamedTables(rest)
  }
  return rest.map(({ change }) => change)
}

/** Most new tables are just new. */
function renamedTables(read: readonly ReadChange[]): ReadonlySet<string> {
  return new Set(read.flatMap(({ change }) => (change.kind === 'rename-table' ? [change.table.name.toLowerCase()] : [])))
}

interface Pattern {
  readonly create: ChangeOf<'create-table'>
  readonly rename: ChangeOf<'rename-table'> | null
  readonly drop: ChangeOf<'drop-table'>
  /** Name of the table before and after. */
  readonly table: ObjectName
  /** Name of the old table, or of the backup of it, while it is copied from. */
  readonly source: string
  readonly backup: BackupRebuild | null
  readonly first: number
  readonly last: number
}

function findPattern(create: ChangeOf<'create-table'>, read: readonly ReadChange[]): Pattern | null {
  const at = read.findIndex(({ change }) => change === create)
  const after = read.slice(at + 1).map(({ change }) => change)
  const rename = after.find((change) => change.kind === 'rename-table' && isSame(change.table.name, create.table.name))
  if (rename?.kind === 'rename-table') {
    const drop = after
      .slice(0, after.indexOf(rename))
      .find((change) => change.kind === 'drop-table' && isSame(change.table.name, rename.to))
    if (drop?.kind !== 'drop-table') return null
    return {
      create,
      rename,
      drop,
      table: drop.table,
      source: drop.table.name,
      backup: null,
      first: at,
      last: at + 1 + after.indexOf(rename),
    }
  }
  const before = read.slice(0, at).map(({ change }) => change)
  const moved = before.findLast((change) => change.kind === 'rename-table' && isSame(change.table.name, create.table.name))
  if (moved?.kind !== 'rename-table') return null
  const drop = after.find((change) => change.kind === 'drop-table' && isSame(change.table.name, moved.to))
  if (drop?.kind !== 'drop-table') return null
  return {
    create,
    rename: moved,
    drop,
    table: create.table,
    source: moved.to,
    backup: null,
    first: before.indexOf(moved),
    last: at + 1 + after.indexOf(drop),
  }
}

function findByBackup(create: ChangeOf<'create-table'>, read: readonly ReadChange[]): Pattern | null {
  const backup = findBackupRebuild(create, read)
  if (backup === null) return null
  const { drop, first, last } = backup
  return { create, drop, rename: null, table: create.table, source: backup.backup.name, backup, first, last }
}

function fold(pattern: Pattern, read: readonly ReadChange[]): readonly ReadChange[] {
  const inside = read.slice(pattern.first, pattern.last + 1)
  const { create, rename, drop } = pattern
  const isTarget = (table: ObjectName) => isSame(table.name, create.table.name)
  const writes = inside.filter(
    ({ change }) => (change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete') && isTarget(change.table),
  )
  const [copy, ...later] = writes
  const steps = [create, ...(rename === null ? [] : [rename]), drop, ...(pattern.backup?.ofBackup ?? [])]
  const [first, last] = [inside[0]?.change.statement ?? create.statement, inside.at(-1)?.change.statement ?? drop.statement]
  const source = copy?.node?.type === 'InsertStmt' ? readCopy(copy.node, copy.change.statement.sql, pattern) : null
  const others = later.filter(({ change }) => !isFill(change, source?.columns ?? []))
  const rebuild: Change = {
    kind: 'rebuild-table',
    table: pattern.table,
    deletesRows: drop.deletesRows,
    madeAs: create.table.name,
    clauses: readClauses(create.statement.sql),
    constraints: create.constraints ?? NO_CONSTRAINTS,
    adjusted: others.length > 0 || (copy !== undefined && source === null),
    ...(source ?? { columns: create.columns.map((definition) => ({ definition, source: { from: 'default' } as const })), ...NOT_COPIED }),
    statement: first,
    through: last,
  }
  const folded = new Set<Change>([...steps, ...[...writes.slice(0, 1), ...others].map(({ change }) => change)])
  const kept = inside
    .filter(({ change }) => !folded.has(change))
    .map((entry) => ({ ...entry, change: renameTarget(entry.change, create.table, pattern.table) }))
  return [...read.slice(0, pattern.first), { change: rebuild, node: null }, ...kept, ...read.slice(pattern.last + 1)]
}

/** An UPDATE of the new table that writes only columns to which nothing was copied. */
function isFill(change: Change, columns: readonly { readonly definition: ColumnDefinition; readonly source: RebuildSource }[]): boolean {
  const isNew = (name: string) => columns.some(({ definition, source }) => isSame(definition.name, name) && source.from === 'default')
  return change.kind === 'update' && change.assignments.every(({ column }) => isNew(column))
}

/** What of the new table's definition Prisma knows nothing of. */
function readClauses(sql: string): readonly string[] {
  const options = sql.slice(sql.lastIndexOf(')')).toUpperCase()
  return [...readTableClauses(sql), ...['WITHOUT ROWID', 'STRICT'].filter((option) => options.includes(option))]
}

const NOT_COPIED = { copied: false, alias: null, rest: null, filter: null, countable: false, rows: null, onConflict: 'none' } as const
const NO_CONSTRAINTS = { keys: [], notNull: [], checks: [], collations: [], isStrict: false } as const

/** Indexes and foreign keys of the new table belong to the table it becomes. */
function renameTarget(change: Change, from: ObjectName, to: ObjectName): Change {
  return 'table' in change && isSame(change.table.name, from.name) ? { ...change, table: to } : change
}

/** How INSERT … SELECT fills the new table; null when it is not one plain SELECT from the old one. */
function readCopy(node: InsertStmt, sql: string, pattern: Pattern) {
  if (node.body.type !== 'SelectInsertBody') return null
  const { select } = node.body
  const from = select.select.type === 'SelectFrom' ? select.select.from : undefined
  const fields = select.select
  if (fields.type !== 'SelectFrom' || from?.select?.type !== 'TableSelectTable' || (select.compounds ?? []).length > 0) return null
  if (!isSame(readName(from.select.tblName).name, pattern.source)) return null
  const alias = from.select.alias?.name.text ?? null
  const names =
    node.columns === undefined
      ? pattern.create.columns.filter(({ computed }) => !computed).map(({ name }) => name)
      : readNames(node.columns)
  const tableName = alias ?? pattern.source
  const columns = pattern.create.columns.map((definition) => ({
    definition,
    source: readSource(definition, names, fields, tableName, sql),
  }))
  const filter = readFilter(node, sql)
  const rest = sql.slice(from.span.offset, select.span.offset + select.span.length).trim()
  const countable = fields.distinctness !== 'Distinct' && select.with === undefined
  const given = readNewRows(node, sql)
  const rows = given === null ? null : { ...given, columns: names }
  const onConflict = node.orConflict === undefined ? ('none' as const) : readAction(node.orConflict)
  const copied = { columns, copied: true, alias, rest, filter, countable, rows, onConflict }
  return pattern.backup === null ? copied : withoutBackup(copied, pattern.backup)
}

function readSource(definition: ColumnDefinition, names: readonly string[], select: SelectFrom, table: string, sql: string): RebuildSource {
  const position = names.findIndex((name) => isSame(name, definition.name))
  if (position === -1) return { from: 'default' }
  if (select.columns.some((column) => column.type !== 'ExprResultColumn')) return { from: 'position', index: position }
  const column: ResultColumn | undefined = select.columns[position]
  if (column?.type !== 'ExprResultColumn') return { from: 'default' }
  const { expr } = column
  if (expr.type === 'Id') return { from: 'column', column: expr.name }
  if (expr.type === 'QualifiedExpr' && isSame(expr.table.text, table)) return { from: 'column', column: expr.column.text }
  return { from: 'expression', sql: textOf(sql, expr.span) }
}

/** The parts of the copying INSERT that can keep rows back, as they stand. */
function readFilter(node: InsertStmt, sql: string): string | null {
  if (node.body.type !== 'SelectInsertBody' || node.body.select.select.type !== 'SelectFrom') return null
  const { select } = node.body.select
  const where = select.whereClause === undefined ? null : readPredicate(textOf(sql, select.whereClause.span))
  const parts = [
    select.distinctness === 'Distinct' ? 'DISTINCT' : null,
    ...(select.from?.joins ?? []).map((join) => textOf(sql, join.span)),
    where === null ? null : `WHERE ${where}`,
    select.groupBy === undefined ? null : 'GROUP BY',
    select.having === undefined ? null : 'HAVING',
    node.body.select.limit === undefined ? null : textOf(sql, node.body.select.limit.span),
    node.body.upsert === undefined ? null : 'ON CONFLICT',
  ]
  const present = parts.filter((part) => part !== null)
  return present.length === 0 ? null : present.join(' ')
}

/** SQLite's names do not depend on case. */
function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
