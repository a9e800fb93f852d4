import type { CatalogBelonging } from '../databases/catalog.js'
import type { ChangeOf } from '../sql/change.js'
import { mentionsName } from '../sql/expressions.js'
import type { JudgeContext, Rule } from './rule.js'
import { refTo } from './wording.js'

/** What belongs to a table goes with it when another one takes its place. https://sqlite.org/lang_altertable.html#otheralter */
export const loseTableObjects: Rule = {
  id: 'lose-table-objects',
  kind: 'loss',
  severity: 'S3',
  summary: 'A table is rebuilt without its triggers, partial or unique indexes, checks, options or AUTOINCREMENT mark.',
  examples: {
    unsafe: [
      {
        before: 'CREATE TABLE "U" ("id" INTEGER); CREATE TRIGGER "U_log" AFTER DELETE ON "U" BEGIN SELECT 1; END;',
        sql: 'PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
    ],
    safe: [
      {
        before: 'CREATE TABLE "U" ("id" INTEGER); CREATE TRIGGER "U_log" AFTER DELETE ON "U" BEGIN SELECT 1; END;',
        sql: 'PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; CREATE TRIGGER "U_log" AFTER DELETE ON "U" BEGIN SELECT 1; END;',
        databases: ['sqlite'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'rebuild-table') return []
    const table = context.table(change.table)
    if (table === null) return []
    const lost = readBelongings(change, context).filter((one) => !isKept(one, change, context))
    if (lost.length === 0) return []
    const names = lost.map(({ type, name }) => (name === type ? type : `${type} ${name}`))
    const again = lost.flatMap(({ sql }) => (sql === null ? [] : `${sql.trim()};`))
    return [
      {
        message: `Rebuilding ${context.display(table.live)} loses what belongs to the old table.`,
        why: `It is not made again afterwards: ${names.join(', ')}.`,
        instead: again.length === 0 ? 'Write it into the new CREATE TABLE.' : `${again.join(' ')}  -- after the rebuild`,
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

/** Without a catalog only the triggers are known that earlier migrations have made. */
function readBelongings(change: ChangeOf<'rebuild-table'>, context: JudgeContext): readonly CatalogBelonging[] {
  const { table } = change
  const live = context.table(table)?.live.name ?? table.name
  const isOwn = (name: string) => name.toLowerCase() === live.toLowerCase()
  const known = context.catalog?.belongings?.filter((one) => isOwn(one.table)) ?? []
  const named = context.triggers(table).map(({ name }) => ({ type: 'trigger', table: live, name, sql: null }))
  return [...known, ...named.filter(({ name }) => !known.some((one) => one.name === name))]
}

function isKept(one: CatalogBelonging, change: ChangeOf<'rebuild-table'>, context: JudgeContext): boolean {
  if (change.clauses.some((clause) => clause.toLowerCase() === one.name.toLowerCase())) return true
  const isSame = (name: string | null) => name !== null && name.toLowerCase() === one.name.toLowerCase()
  if (one.type === 'AUTOINCREMENT mark') {
    const { style } = context.dialect
    return context.later.some(({ statement }) => mentionsName(statement.sql, 'sqlite_sequence', style))
  }
  const isDropped = context.earlier.some((earlier) => earlier.kind === 'drop-object' && isSame(earlier.name.name))
  const isMadeAgain = context.later.some(
    (later) =>
      (later.kind === 'create-object' && isSame(later.name.name)) ||
      (later.kind === 'add-unique' && (isSame(later.name) || (isSameTable(later, change) && isSameIndex(one, later.statement.sql)))),
  )
  return isDropped || isMadeAgain
}

function isSameTable({ table }: ChangeOf<'add-unique'>, change: ChangeOf<'rebuild-table'>): boolean {
  return table.name.toLowerCase() === change.table.name.toLowerCase()
}

/** The same index under another name: what is indexed, and where, is all that follows the first parenthesis. */
function isSameIndex({ type, sql }: CatalogBelonging, later: string): boolean {
  const indexed = (definition: string) => definition.slice(definition.indexOf('(')).replace(/["`;]|\s+/g, '')
  return type === 'unique index' && sql !== null && indexed(sql) === indexed(later)
}
