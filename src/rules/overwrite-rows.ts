import type { ChangeOf } from '../sql/change.js'
import type { Upsert } from '../sql/constraints.js'
import { describeKeys, hasOtherKeys, type KeyView, liveColumns, readIncoming, readKeys, readMoves } from './incoming-rows.js'
import type { Measure } from './measure.js'
import type { Draft, JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNow } from './why-not-now.js'
import { isHistoryTable, readCascades, refTo, seenAs } from './wording.js'

/** REPLACE deletes the rows it collides with. https://www.sqlite.org/lang_conflict.html */
export const overwriteRows: Rule = {
  id: 'overwrite-rows',
  kind: 'loss',
  severity: 'S2',
  summary: 'An INSERT or UPDATE takes the place of rows that are already there.',
  examples: {
    unsafe: [
      { sql: 'INSERT INTO "Setting" ("key", "value") VALUES (\'a\', \'b\') ON CONFLICT ("key") DO UPDATE SET "value" = excluded."value";' },
      { sql: 'INSERT OR REPLACE INTO "Setting" ("key", "value") VALUES (1, 2);', databases: ['sqlite'] },
      { sql: 'REPLACE INTO "Setting" VALUES (1, 2);', databases: ['sqlite'] },
      { sql: 'UPDATE OR REPLACE "Setting" SET "key" = lower("key");', databases: ['sqlite'] },
      {
        sql: 'INSERT INTO "Setting" ("key", "value") VALUES (1, 2);',
        before: 'CREATE TABLE "Setting" ("key" TEXT PRIMARY KEY ON CONFLICT REPLACE, "value" TEXT);',
        databases: ['sqlite'],
      },
      {
        sql: 'UPDATE "Setting" SET "key" = lower("key");',
        before: 'CREATE TABLE "Setting" ("key" TEXT UNIQUE ON CONFLICT REPLACE, "value" TEXT);',
        databases: ['sqlite'],
      },
      { sql: 'INSERT INTO s VALUES (1, 2) ON CONFLICT (a) DO NOTHING ON CONFLICT (b) DO UPDATE SET c = 3;', databases: ['sqlite'] },
    ],
    safe: [
      { sql: 'INSERT INTO "Setting" ("key") VALUES (\'a\') ON CONFLICT ("key") DO NOTHING;' },
      {
        sql: 'INSERT OR ABORT INTO "Setting" ("key", "value") VALUES (1, 2); UPDATE "Setting" SET "value" = 3 WHERE "value" IS NULL;',
        before: 'CREATE TABLE "Setting" ("key" TEXT PRIMARY KEY ON CONFLICT REPLACE, "value" TEXT);',
        databases: ['sqlite'],
      },
      { sql: 'CREATE TABLE s (k TEXT PRIMARY KEY, v TEXT); INSERT INTO s VALUES (1, 2) ON CONFLICT (k) DO UPDATE SET v = 3;' },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'insert' && change.kind !== 'update') return []
    const table = context.table(change.table)
    if (table === null || isHistoryTable(table.live)) return []
    if (change.kind === 'update') return judgeMoves(change, table, context)
    return [...judgeReplaced(change, table, context), ...judgeUpserts(change, table, context)]
  },
}

/** Values that ON CONFLICT DO UPDATE replaces. */
function judgeUpserts(change: ChangeOf<'insert'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const columns = liveColumns(table, change.overwrites)
  if (change.onConflict !== 'update' || columns.length === 0) return []
  const at = { schema: table.live.schema, table: table.live.name }
  const unknown: Measure = {
    what: 'unknown',
    why: 'which rows collide is known only when it runs',
    predictions: columns.flatMap(({ live }) =>
      (['values-changed', 'values-lost'] as const).map((effect) => ({ effect, ...at, column: live })),
    ),
  }
  const measures = readUpserted(change, table, context)
  return [
    {
      message: `INSERT overwrites rows of ${context.display(table.live)} that have the same key.`,
      why: 'Their values of before are not kept anywhere.',
      instead: 'INSERT … ON CONFLICT DO NOTHING keeps the rows that are there.',
      objects: [refTo(table.live), ...columns.map(({ live }) => refTo(table.live, live))],
      measures: measures ?? [unknown],
      inconclusive: whyNotNow(table, context, { expressions: sqlOf(change) }),
    },
  ]
}

/** What to count; null where that is known only when it runs. */
function readUpserted(change: ChangeOf<'insert'>, table: TableView, context: JudgeContext): readonly Measure[] | null {
  const [upsert, ...others] = change.upserts
  const incoming = readIncoming(change.rows, table, context)
  const key = upsert === undefined || others.length > 0 ? null : keyOf(upsert, table, context)
  if (incoming === null || key === null || upsert === undefined) return null
  const { assignments, where } = upsert
  const measures = (assignments ?? []).map(({ column, value }): Measure | null => {
    const [live] = change.overwrites.includes(column) ? liveColumns(table, [column]) : []
    if (live === undefined || value === null) return null
    const own = { table: table.live, seenAs: seenAs(table, change.table, change.alias) }
    return { what: 'upserted-values', ...own, column: live, value, incoming, key, where }
  })
  const isPartly = (assignments ?? []).some(({ value }) => value === null)
  return isPartly ? null : measures.filter((measure) => measure !== null)
}

/** The columns of the one key that it is about. */
function keyOf({ key, constraint, isAny, isPartial }: Upsert, table: TableView, context: JudgeContext): readonly string[] | null {
  if (isPartial) return null
  // PostgreSQL calls a primary key so unless it is told otherwise.
  const primary = constraint === `${table.live.name}_pkey` ? table.primaryKey : null
  if (constraint !== null) return table.namedKeys.find(({ name }) => name === constraint)?.columns ?? primary
  const [only, ...others] = isAny && !hasOtherKeys(table, context) ? readKeys(table, context) : []
  return isAny ? (others.length === 0 ? (only?.columns ?? null) : null) : key
}

/** Rows that go because of OR REPLACE, or because a constraint of the table itself says ON CONFLICT REPLACE. */
function judgeReplaced(change: ChangeOf<'insert'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const isSaid = change.onConflict === 'replace'
  const handled = (key: KeyView) => change.upserts.some((upsert) => upsert.isAny || upsert.key?.join() === key.columns.join())
  const isOpen = isSaid || change.onConflict === 'none' || change.onConflict === 'update' || change.upserts.length > 0
  const keys = readKeys(table, context, isSaid ? 'replace' : 'none').filter((key) => key.onConflict === 'replace' && !handled(key))
  if (!isOpen || (keys.length === 0 && !isSaid)) return []
  const columns = liveColumns(table)
  const cascades = readCascades(change)
  const incoming = readIncoming(change.rows, table, context)
  const isCountable = incoming !== null && keys.length > 0 && !(isSaid && hasOtherKeys(table, context))
  const at = { schema: table.live.schema, table: table.live.name }
  const changed = columns.flatMap(({ live }) =>
    (['values-changed', 'values-lost'] as const).map((effect) => ({ effect, ...at, column: live })),
  )
  return [
    {
      message: isSaid
        ? `INSERT overwrites rows of ${context.display(table.live)} that have the same key.`
        : `INSERT deletes rows of ${context.display(table.live)} that have the same key: its definition says so.`,
      why: isSaid
        ? 'REPLACE deletes such a row first, with what references it ON DELETE CASCADE.'
        : `${describeKeys(keys)} ON CONFLICT REPLACE: such a row is deleted first, with what references it ON DELETE CASCADE.`,
      instead: 'INSERT … ON CONFLICT DO NOTHING keeps the rows that are there.',
      objects: [refTo(table.live)],
      measures: [
        isCountable
          ? {
              what: 'replaced-rows',
              table: table.live,
              seenAs: seenAs(table, change.table, change.alias),
              incoming,
              keys: keys.map((key) => key.columns),
              primaryKey: table.primaryKey,
              columns,
              cascades,
            }
          : {
              what: 'unknown',
              why: 'which rows collide is known only when it runs',
              predictions: [{ effect: 'rows-lost', ...at, column: null }, ...changed],
              cascades,
            },
      ],
      inconclusive: whyNotNow(table, context, { expressions: sqlOf(change) }),
    },
  ]
}

function sqlOf({ rows, upserts }: ChangeOf<'insert'>): readonly string[] {
  const clauses = upserts.flatMap(({ assignments, where }) => [...(assignments ?? []).map(({ value }) => value), where])
  return [rows?.query ?? null, ...clauses].filter((sql) => sql !== null)
}

/** Rows that are in the way of a key that an UPDATE gives to others. */
function judgeMoves(change: ChangeOf<'update'>, table: TableView, context: JudgeContext): readonly Draft[] {
  const isSaid = change.onConflict === 'replace'
  const moves = readMoves(change, table, context, (key) => key.onConflict === 'replace')
  const hasOthers = isSaid && (!table.isComplete || hasOtherKeys(table, context))
  if (moves === null && !hasOthers) return []
  const cascades = readCascades(change)
  const isCountable = moves !== null && moves !== 'unknown' && !hasOthers
  return [
    {
      message: isSaid
        ? `UPDATE OR REPLACE deletes rows of ${context.display(table.live)} that its new values collide with.`
        : `UPDATE deletes rows of ${context.display(table.live)} that its new values collide with.`,
      why: isSaid
        ? 'Such a row goes first, with what references it ON DELETE CASCADE.'
        : 'A key of the table says ON CONFLICT REPLACE: such a row goes first, with what references it ON DELETE CASCADE.',
      instead: 'UPDATE OR ABORT is refused on a collision and loses nothing.',
      objects: [refTo(table.live)],
      measures: [
        isCountable
          ? { what: 'displaced-rows', table: table.live, moves, cascades }
          : {
              what: 'unknown',
              why: 'which rows collide is known only when it runs',
              predictions: [{ effect: 'rows-lost', schema: table.live.schema, table: table.live.name, column: null }],
              cascades,
            },
      ],
      inconclusive: whyNotNow(table, context, { ...change, expressions: change.assignments.flatMap(({ value }) => value ?? []) }),
    },
  ]
}
