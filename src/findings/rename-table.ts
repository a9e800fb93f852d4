import type { ParsedSql } from '../databases/database.js'
import { findTableRename } from '../rules/rename-candidates.js'
import type { JudgeContext, TableView } from '../rules/rule.js'
import { sqlName } from '../rules/wording.js'
import type { Change, ChangeOf, ColumnDefinition } from '../sql/change.js'
import { applyEdits, dropWarnings, replaceActions } from './edits.js'
import { adjustColumn, type RenameDraft } from './rename-column.js'

/** DROP TABLE a, CREATE TABLE b with the same columns → RENAME TO b, and its columns, indexes, keys and sequences made those of b. */
export function suggestTableRename(change: Change, file: ParsedSql, context: JudgeContext): RenameDraft | null {
  if (change.kind !== 'drop-table' || change.within !== undefined) return null
  const table = context.table(change.table)
  const created = table === null ? null : findTableRename(table, context)
  if (table === null || created === null) return null
  const columns = adjustColumns(table, created, context)
  if (columns === null) return null
  const { quoteName } = context.dialect
  const rename = `ALTER TABLE ${sqlName(context, change.table)} RENAME TO ${quoteName(created.table.name)};`
  const statements = [rename, ...columns, ...renameKeys(change, created, context)]
  // DROP TABLE a, b: only a is renamed.
  if (file.changes.some((other) => other !== change && other.statement === change.statement)) return null
  const { sql } = file.source
  const foreignKeys = file.changes.filter((other) => other.statement === created.statement && other.kind === 'add-constraint')
  const edits = replaceActions(sql, [change, created, ...foreignKeys], file.changes, statements.join('\n'))
  const indexes = dropOldIndexes(change, created, file, context)
  const isStale = (line: string) => line.includes(`drop the \`${table.name}\` table`)
  return {
    description: `Rename table ${context.display(table.live)} to ${created.table.name} instead of dropping it.`,
    after: dropWarnings(applyEdits(sql, [...edits, ...indexes]), isStale),
  }
}

/** Null when the two tables differ in what ALTER TABLE cannot say. */
function adjustColumns(table: TableView, created: ChangeOf<'create-table'>, context: JudgeContext): readonly string[] | null {
  const alter = `ALTER TABLE ${sqlName(context, created.table)}`
  const { quoteName } = context.dialect
  const statements: string[] = []
  for (const definition of created.columns) {
    const column = table.column(definition.name)
    const lines =
      column === null ? addColumn(definition, alter, context) : definition.generated ? [] : adjustColumn(column, definition, alter, context)
    if (lines === null) return null
    statements.push(...lines)
  }
  const gone = table.columns.filter((column) => !created.columns.some((definition) => definition.name === column.name))
  if (gone.length > 0 && !context.dialect.altersColumns) return null
  return [...statements, ...gone.map((column) => `${alter} DROP COLUMN ${quoteName(column.name)};`)]
}

function addColumn(definition: ColumnDefinition, alter: string, context: JudgeContext): readonly string[] | null {
  if (definition.generated || definition.primaryKey || definition.unique || !context.dialect.altersColumns) return null
  const parts = [
    alter,
    'ADD COLUMN',
    context.dialect.quoteName(definition.name),
    definition.type ?? '',
    definition.notNull ? 'NOT NULL' : '',
    definition.default === null ? '' : `DEFAULT ${definition.default}`,
  ]
  return [`${parts.filter((part) => part !== '').join(' ')};`]
}

/** Keys and sequences are named after their table; nothing happens where they are called otherwise. */
function renameKeys(change: ChangeOf<'drop-table'>, created: ChangeOf<'create-table'>, context: JudgeContext): readonly string[] {
  if (!context.dialect.altersColumns) return []
  const { quoteName } = context.dialect
  const inSchema = (name: string) => sqlName(context, { schema: change.table.schema, name })
  const key = created.columns.some((column) => column.primaryKey)
    ? [`ALTER INDEX IF EXISTS ${inSchema(`${change.table.name}_pkey`)} RENAME TO ${quoteName(`${created.table.name}_pkey`)};`]
    : []
  const sequences = created.columns
    .filter((column) => column.generated && !column.computed)
    .map(
      (column) =>
        `ALTER SEQUENCE IF EXISTS ${inSchema(`${change.table.name}_${column.name}_seq`)} RENAME TO ${quoteName(`${created.table.name}_${column.name}_seq`)};`,
    )
  return [...key, ...sequences]
}

/** DROP TABLE would have taken the old indexes with it; each is dropped before the one that replaces it is created. */
function dropOldIndexes(change: ChangeOf<'drop-table'>, created: ChangeOf<'create-table'>, file: ParsedSql, context: JudgeContext) {
  const isIndexed = (statement: string) => /^CREATE\s+(?:UNIQUE\s+)?INDEX\b/i.test(statement)
  const prefix = `${created.table.name}_`
  return file.statements.flatMap((statement) => {
    const name = /INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"((?:[^"]|"")+)"\s+ON\s+(?:"[^"]+"\.)?"((?:[^"]|"")+)"/i.exec(
      statement.sql,
    )
    if (!isIndexed(statement.sql) || name?.[1] === undefined || name[2] !== created.table.name || !name[1].startsWith(prefix)) return []
    const old = sqlName(context, { schema: change.table.schema, name: `${change.table.name}_${name[1].slice(prefix.length)}` })
    return [{ start: statement.start, end: statement.start, text: `DROP INDEX IF EXISTS ${old};\n` }]
  })
}
