import type { CatalogDefinition } from '../databases/catalog.js'
import type { ChangeOf } from '../sql/change.js'
import type { JudgeContext, Rule } from './rule.js'
import { refTo } from './wording.js'

/** While the old table is gone, nothing may name it: https://sqlite.org/lang_altertable.html#altertabrename */
export const rebuildTableInUse: Rule = {
  id: 'rebuild-table-in-use',
  kind: 'failure',
  severity: 'S3',
  summary: 'A table is rebuilt that a view, or a trigger of another table, names: the last step fails, when the old table is gone.',
  examples: {
    unsafe: [
      {
        sql: 'PRAGMA legacy_alter_table=ON; PRAGMA legacy_alter_table=OFF; CREATE VIEW "V" AS SELECT 1; DROP VIEW "V"; CREATE VIEW "V" AS SELECT "id" FROM "U"; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER);',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE VIEW "V" AS SELECT * FROM "U"; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER);',
        databases: ['sqlite'],
      },
    ],
    safe: [
      {
        sql: 'CREATE TRIGGER "t" AFTER DELETE ON "O" BEGIN DELETE FROM "U"; END; DROP TABLE "O"; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER); CREATE TABLE "O" ("id" INTEGER);',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "O" ("U" INTEGER); CREATE VIEW "V" AS SELECT "U" FROM "O"; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER);',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; CREATE VIEW "V" AS SELECT * FROM "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER);',
        databases: ['sqlite'],
      },
      {
        sql: 'PRAGMA legacy_alter_table=ON; CREATE VIEW "V" AS SELECT * FROM "U"; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("id" INTEGER);',
        databases: ['sqlite'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'rebuild-table' || !renamesLast(change) || isLegacy(change)) return []
    const table = context.table(change.table)
    const [first, ...others] = findUses(change, context)
    if (table === null || first === undefined) return []
    const { quoteName } = context.dialect
    const all = [first, ...others]
    const drops = all.map(({ type, name }) => `DROP ${type.toUpperCase()} ${quoteName(name)};`).join(' ')
    const shown = context.display(table.live)
    return [
      {
        message: `${shown} cannot be rebuilt while ${first.type} ${first.name} names it: the last step fails.`,
        why: `The old table is gone by then, and its rows are in the new one, under its name for the time being. Named by: ${all.map(({ type, name }) => `${type} ${name}`).join(', ')}.`,
        instead: `${drops}  -- before it, and after it: ${all.map(({ sql }) => `${sql.trim()};`).join(' ')}`,
        objects: [refTo(table.live)],
        measures: [{ what: 'certain-failure', why: `error in ${first.type} ${first.name}: no such table: main.${change.table.name}` }],
        inconclusive: null,
      },
    ]
  },
}

/** The new table gets the name last; where the old one was renamed first, what names it follows. */
function renamesLast({ through }: ChangeOf<'rebuild-table'>): boolean {
  return through !== undefined && /^\s*ALTER\b/i.test(through.sql)
}

function isLegacy({ statement }: ChangeOf<'rebuild-table'>): boolean {
  const settings = statement.source.sql.slice(0, statement.start).match(/\blegacy_alter_table\s*(?:=|\()\s*\w+/gi) ?? []
  return /(on|1|true|yes)$/i.test(settings.at(-1) ?? '')
}

/** Live ones and those that were made before in the same set, but for what was dropped; triggers of the table itself go with it. */
function findUses(change: ChangeOf<'rebuild-table'>, context: JudgeContext): readonly CatalogDefinition[] {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  let definitions = (context.catalog?.definitions ?? []).map((definition) => ({ ...definition, since: 0 }))
  for (const [position, earlier] of context.earlier.entries()) {
    // A table takes its triggers along when it is dropped, and so does the old one of a rebuild.
    if (earlier.kind === 'drop-table' || earlier.kind === 'rebuild-table')
      definitions = definitions.filter(({ table }) => table === null || !same(table, earlier.table.name))
    if (earlier.kind === 'drop-object') definitions = definitions.filter(({ name }) => !same(name, earlier.name.name))
    if (earlier.kind !== 'create-object' || (earlier.type !== 'view' && earlier.type !== 'trigger')) continue
    const { type, name, on, statement } = earlier
    definitions = [...definitions, { type, name: name.name, table: on?.name ?? null, sql: statement.sql, since: position }]
  }
  // ALTER TABLE … RENAME follows into what names the table: its SQL of before says the name of before.
  const nameAt = (since: number) =>
    context.earlier
      .slice(since)
      .reduceRight((name, one) => (one.kind === 'rename-table' && same(one.to, name) ? one.table.name : name), change.table.name)
  return definitions.filter(({ table, sql, since }) => {
    const name = nameAt(since)
    return !(table !== null && same(table, name)) && readsTable(sql, name)
  })
}

/** Named where a table stands. A column, a text or a common table expression of the same name is none. */
function readsTable(sql: string, table: string): boolean {
  const name = table.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const quoted = `(?:"${name}"|\\[${name}\\]|\`${name}\`|${name}(?![\\p{L}\\p{N}_$]))`
  const isOwn = new RegExp(`\\b(?:WITH|RECURSIVE)\\s+${quoted}|,\\s*${quoted}\\s+AS\\s*\\(`, 'iu').test(sql)
  return !isOwn && new RegExp(`\\b(?:FROM|JOIN|INTO|UPDATE)\\s+(?:main\\s*\\.\\s*)?${quoted}`, 'iu').test(sql)
}
