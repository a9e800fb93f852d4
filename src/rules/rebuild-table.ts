import type { ChangeOf } from '../sql/change.js'
import { isNeverNull, keepsColumn } from '../sql/expressions.js'
import { findSwapped } from '../sql/swapped-columns.js'
import { describeUnmet, multipliesRows, readCopied, readUnmet } from './copied-rows.js'
import type { LiveTable, Measure } from './measure.js'
import type { Draft, JudgeContext, Rule, TableKeys, TableView } from './rule.js'
import { whyNotCascading, whyNotNow } from './why-not-now.js'
import { readCascades, refTo, sqlName } from './wording.js'

/** A rebuild that copies every column and row as they are is no finding. https://sqlite.org/lang_altertable.html#otheralter */
export const rebuildTable: Rule = {
  id: 'rebuild-table',
  kind: 'loss',
  severity: 'S1',
  summary: 'A table is rebuilt without some of its rows, or with other values.',
  examples: {
    unsafe: [
      { sql: 'CREATE TABLE "new_U" ("id" INTEGER); DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";', databases: ['sqlite'] },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U" WHERE "id" > 1; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER UNIQUE); INSERT OR IGNORE INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("id" INTEGER NOT NULL ON CONFLICT IGNORE); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("n" TEXT); INSERT INTO "new_U" ("n") SELECT upper("n") FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        databases: ['sqlite'],
      },
      {
        sql: 'CREATE TABLE "new_U" ("b" TEXT, "a" TEXT); INSERT INTO "new_U" SELECT * FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U";',
        before: 'CREATE TABLE "U" ("a" TEXT, "b" TEXT);',
        databases: ['sqlite'],
      },
      {
        sql: 'BEGIN; PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("id" INTEGER); INSERT INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; COMMIT;',
        databases: ['sqlite'],
      },
    ],
    safe: [
      {
        sql: 'PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("id" INTEGER UNIQUE ON CONFLICT REPLACE); INSERT OR IGNORE INTO "new_U" ("id") SELECT "id" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; PRAGMA foreign_keys=ON;',
        before: 'CREATE TABLE "U" ("id" INTEGER UNIQUE);',
        databases: ['sqlite'],
      },
      {
        sql: 'PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("id" INTEGER, "n" TEXT); INSERT INTO "new_U" ("id", "n") SELECT "id", "n" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; PRAGMA foreign_keys=ON;',
        before: 'CREATE TABLE "U" ("id" INTEGER, "n" TEXT);',
        databases: ['sqlite'],
      },
      {
        sql: 'PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("b" TEXT, "a" TEXT); INSERT INTO "new_U" ("b", "a") SELECT "b", "a" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; PRAGMA foreign_keys=ON;',
        before: 'CREATE TABLE "U" ("a" TEXT, "b" TEXT);',
        databases: ['sqlite'],
      },
      {
        sql: 'PRAGMA foreign_keys=OFF; CREATE TABLE "new_U" ("n" TEXT); INSERT INTO "new_U" ("n") SELECT coalesce("n", \'\') AS "n" FROM "U"; DROP TABLE "U"; ALTER TABLE "new_U" RENAME TO "U"; PRAGMA foreign_keys=ON;',
        before: 'CREATE TABLE "U" ("n" TEXT);',
        databases: ['sqlite'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'rebuild-table') return []
    const table = context.table(change.table)
    if (table === null) return []
    const rows = judgeRows(change, table, context)
    return [
      ...rows,
      ...judgeValues(change, table, context),
      ...judgeSwaps(change, table, context),
      ...judgeCascades(change, table, context),
    ]
  },
}

function judgeRows(change: ChangeOf<'rebuild-table'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const shown = context.display(table.live)
  const common = { objects: [refTo(table.live)], inconclusive: whyNotNow(table, context, { from: change.rest }) }
  const at = { schema: table.live.schema, table: table.live.name, column: null }
  const orphans = change.deletesRows
    ? []
    : referencesTo(table, context).map((live) => ({ effect: 'orphans' as const, schema: live.schema, table: live.name, column: null }))
  const unknown = (why: string): Measure => ({ what: 'unknown', why, predictions: [{ effect: 'rows-lost', ...at }, ...orphans] })
  if (change.adjusted) {
    return [
      {
        ...common,
        kind: 'unanalysed',
        severity: 'S2',
        message: `${shown} is rebuilt in more than one step, which could not be analysed.`,
        why: 'Other statements write to the new table before it takes the place of the old one.',
        instead: 'Fill the new table with one INSERT … SELECT of every row and column.',
        measures: [
          unknown('the new table is filled in several steps'),
          ...table.columns.flatMap((column) => unknownValues(table, column.live)),
        ],
      },
    ]
  }
  if (!change.copied) {
    return [
      {
        ...common,
        message: `${shown} is rebuilt without copying its rows: all of them are lost.`,
        why: 'The new table is never filled from the old one before that is dropped.',
        instead: `INSERT INTO <new table> (…) SELECT … FROM ${sqlName(context, change.table)};  -- before the old one is dropped`,
        measures: [
          {
            what: 'rows',
            table: table.live,
            effects: ['rows-lost'],
            cascades: change.deletesRows ? null : 'off',
            goneColumns: goneColumns(change, table, context),
          },
        ],
        inconclusive: null,
      },
    ]
  }
  return [...judgeFilter(change, table, context, unknown), ...judgeUnfit(change, table, context)]
}

/** Rows that the copying SELECT does not give. */
function judgeFilter(
  change: ChangeOf<'rebuild-table'>,
  table: TableView,
  context: JudgeContext,
  unknown: (why: string) => Measure,
): readonly Draft[] {
  if (change.filter === null) return []
  const countable = change.countable && change.rest !== null
  const measure: Measure =
    countable && change.rest !== null
      ? { what: 'left-rows', table: table.live, name: change.alias ?? change.table.name, rest: change.rest, enforced: change.deletesRows }
      : unknown('which rows it keeps is known only when it runs')
  return [
    {
      objects: [refTo(table.live)],
      inconclusive: whyNotNow(table, context, { from: change.rest }),
      message: `${context.display(table.live)} is rebuilt without some of its rows.`,
      why: `The copying INSERT does not take every row: ${change.filter.replace(/\s+/g, ' ')}`,
      instead: 'Copy every row, or delete rows in a statement of its own.',
      measures: [measure],
    },
  ]
}

/** Rows that violate a constraint of the new table, where that leaves them out or deletes others instead of failing. */
function judgeUnfit(change: ChangeOf<'rebuild-table'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const demands = readUnmet(change, table, context, (action) => action !== 'refuse')
  const { keys, required, checks } = demands
  if (keys.length + required.length + checks.length === 0) return []
  const incoming = multipliesRows(change) && keys.length > 0 ? null : readCopied(change)
  const orphaned = change.deletesRows ? [] : referencesTo(table, context)
  const at = { schema: table.live.schema, table: table.live.name, column: null }
  return [
    {
      message: `${context.display(table.live)} is rebuilt without the rows that its new definition does not let in.`,
      why: `${change.onConflict === 'none' ? 'ON CONFLICT of the new table' : `OR ${change.onConflict.toUpperCase()}`} leaves them out in silence: ${describeUnmet(demands)}.`,
      instead: 'Copy with a plain INSERT, which fails instead, and resolve these rows in a statement of its own before.',
      objects: [refTo(table.live)],
      measures: [
        incoming === null
          ? { what: 'unknown', why: 'which rows it keeps is known only when it runs', predictions: [{ effect: 'rows-lost', ...at }] }
          : { what: 'unfit-rows', table: table.live, incoming, keys: keys.map(({ columns }) => columns), required, checks, orphaned },
      ],
      inconclusive: whyNotNow(table, context, { from: change.rest }),
    },
  ]
}

function goneColumns(change: ChangeOf<'rebuild-table'>, table: TableView, context: JudgeContext): readonly string[] {
  const fold = (name: string) => (context.dialect.ignoresCase ? name.toLowerCase() : name)
  const isThere = (name: string) => change.columns.some(({ definition }) => fold(definition.name) === fold(name))
  return table.columns.flatMap((column) => (column.live === null || isThere(column.name) ? [] : [column.live]))
}

function unknownValues(table: TableView, column: string | null): readonly Measure[] {
  if (column === null) return []
  const at = { schema: table.live.schema, table: table.live.name, column }
  return [
    {
      what: 'unknown',
      why: 'the new table is filled in several steps',
      predictions: [
        { effect: 'values-changed', ...at },
        { effect: 'values-lost', ...at },
      ],
    },
  ]
}

/** Expressions that put something else where a value was. */
function judgeValues(change: ChangeOf<'rebuild-table'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const { style } = context.dialect
  return change.columns.flatMap(({ definition, source }): readonly Draft[] => {
    if (source.from !== 'expression' || keepsColumn(source.sql, { table: change.alias ?? change.table.name, name: definition.name }, style))
      return []
    const column = table.column(definition.name)
    if (column === null || column.live === null || column.computed || (!table.isComplete && isNeverNull(source.sql, style))) return []
    const shown = context.display(table.live, column.live)
    return [
      {
        severity: 'S2',
        message: `${shown} gets other values when its table is rebuilt.`,
        why: `The copying SELECT puts an expression in its place: ${source.sql.replace(/\s+/g, ' ')}`,
        instead: `Copy the column as it is: ${context.dialect.quoteName(definition.name)}`,
        objects: [refTo(table.live, column.live)],
        measures: [
          {
            what: 'rewritten-values',
            table: table.live,
            column: column.live,
            type: definition.type ?? '',
            from: column.type ?? '',
            expression: source.sql,
            name: change.alias ?? change.table.name,
            rest: change.rest ?? '',
          },
        ],
        inconclusive: whyNotNow(table, context, { where: source.sql, from: change.rest }),
      },
    ]
  })
}

/** The same columns in another order on both sides of the copy. */
function judgeSwaps(change: ChangeOf<'rebuild-table'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const { quoteName } = context.dialect
  const name = change.alias ?? change.table.name
  const old = table.isComplete ? table.columns.map((column) => column.name) : null
  return findSwapped(change, old).flatMap(({ definition, source }): readonly Draft[] => {
    const column = table.column(definition.name)
    if (column === null || column.live === null || column.computed) return []
    return [
      {
        severity: 'S2',
        message: `${context.display(table.live, column.live)} gets the values of ${source} when its table is rebuilt.`,
        why: 'The copying INSERT and its SELECT have the columns in another order: each value comes into another column.',
        instead: `Copy the column into itself: INSERT INTO … (…, ${quoteName(definition.name)}) SELECT …, ${quoteName(definition.name)} FROM ${sqlName(context, change.table)};`,
        objects: [refTo(table.live, column.live)],
        measures: [
          {
            what: 'rewritten-values',
            table: table.live,
            column: column.live,
            type: definition.type ?? '',
            from: column.type ?? '',
            expression: `${quoteName(name)}.${quoteName(source)}`,
            name,
            rest: change.rest ?? '',
          },
        ],
        inconclusive: whyNotNow(table, context, { from: change.rest }),
      },
    ]
  })
}

/** With foreign keys on, DROP TABLE deletes the rows first, and ON DELETE acts on other tables. https://sqlite.org/foreignkeys.html#fk_schemacommands */
function judgeCascades(change: ChangeOf<'rebuild-table'>, table: TableView, context: JudgeContext): readonly Draft[] {
  // Where earlier migrations made the table, they made what references it too.
  const isKnown = context.catalog !== null || table.isComplete
  if (!change.deletesRows || (isKnown && !isReferenced(table, context))) return []
  return [
    {
      severity: 'S0',
      message: `Rebuilding ${context.display(table.live)} with foreign keys on deletes rows that reference it.`,
      why: 'DROP TABLE deletes its rows first, and ON DELETE CASCADE or SET NULL acts. PRAGMA foreign_keys does nothing inside a transaction.',
      instead: 'PRAGMA foreign_keys=OFF;  -- before the rebuild, and outside BEGIN … COMMIT',
      objects: [refTo(table.live)],
      measures: [{ what: 'rows', table: table.live, effects: [], cascades: readCascades(change, change.copied) }],
      inconclusive: whyNotCascading(table, context),
    },
  ]
}

function isReferenced(table: TableView, context: JudgeContext): boolean {
  const acts = ['cascade', 'set null', 'set default']
  const isActing = ({ foreignKeys }: TableKeys) =>
    foreignKeys.some(({ key }) => key.references.name === table.live.name && acts.includes(key.onDelete))
  return context.tables(null, isActing).length > 0
}

function referencesTo(table: TableView, context: JudgeContext): readonly LiveTable[] {
  return context
    .tables(null, ({ foreignKeys }) => foreignKeys.some(({ key }) => key.references.name === table.live.name))
    .map((other) => other.live)
}
