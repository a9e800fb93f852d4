import type { CatalogBelonging } from '../databases/catalog.js'
import type { Change, ChangeOf } from '../sql/change.js'
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
  const isOwn = (name: string) => isSameName(name, live)
  const known = context.catalog?.belongings?.filter((one) => isOwn(one.table)) ?? []
  const named = context.triggers(table).map(({ name }) => ({ type: 'trigger', table: live, name, sql: null }))
  return [...known, ...named.filter(({ name }) => !known.some((one) => one.type === 'trigger' && isSameName(one.name, name)))]
}

function isKept(one: CatalogBelonging, change: ChangeOf<'rebuild-table'>, context: JudgeContext): boolean {
  if (change.clauses.some((clause) => isSameName(clause, one.name))) return true
  if (one.type === 'AUTOINCREMENT mark') return context.later.some((later) => keepsMark(later, one, change, context))
  const isMadeBy = (other: Change) =>
    (other.kind === 'create-object' && isSameName(other.name.name, one.name)) ||
    (other.kind === 'add-unique' && other.name !== null && isSameName(other.name, one.name))
  const isMadeAgain = context.later.some(
    (later) => isMadeBy(later) || (later.kind === 'add-unique' && isSameTable(later, change) && isSameIndex(one, later.statement.sql)),
  )
  // What was dropped on purpose is no loss; what was made again since goes with the old table like the rest.
  const last = context.earlier.findLast(
    (earlier) => isMadeBy(earlier) || (earlier.kind === 'drop-object' && isSameName(earlier.name.name, one.name)),
  )
  return isMadeAgain || last?.kind === 'drop-object'
}

/**
 * A statement that writes the mark of this table again, no lower than it was: as a number, or as it is read from the marks themselves.
 * While the new table has another name, so has its mark. https://sqlite.org/autoinc.html
 */
function keepsMark({ statement }: Change, one: CatalogBelonging, change: ChangeOf<'rebuild-table'>, { dialect }: JudgeContext): boolean {
  const { sql } = statement
  const write = /^\s*(?:UPDATE(?:\s+OR\s+\w+)?|REPLACE\s+INTO|INSERT(?:\s+OR\s+\w+)?\s+INTO)\s+["`[]?sqlite_sequence\b["`\]]?/i.exec(sql)
  if (write === null) return false
  const rest = sql.slice(write[0].length)
  const isAfter = change.through === undefined || statement.index > change.through.index
  const names = (rest.match(/'(?:[^']|'')*'/g) ?? []).map((text) => text.slice(1, -1).replaceAll("''", "'"))
  const isMeant = names.includes(isAfter ? change.table.name : change.madeAs) || (names.length === 0 && !/\bwhere\b/i.test(rest))
  const numbers = (rest.match(/\b\d+\b/g) ?? []).map(Number)
  return isMeant && (mentionsName(rest, 'sqlite_sequence', dialect.style) || numbers.some((number) => number >= Number(one.name)))
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function isSameTable({ table }: ChangeOf<'add-unique'>, change: ChangeOf<'rebuild-table'>): boolean {
  return isSameName(table.name, change.table.name)
}

/** The same index under another name: what is indexed, and where, is all that follows the first parenthesis. */
function isSameIndex({ type, sql }: CatalogBelonging, later: string): boolean {
  const indexed = (definition: string) => definition.slice(definition.indexOf('(')).replace(/["`;]|\s+/g, '')
  return type === 'unique index' && sql !== null && indexed(sql) === indexed(later)
}
