import type { ChangeOf } from '../sql/change.js'
import type { Draft, JudgeContext, Rule } from './rule.js'
import { isHistoryTable, readCascades, refTo } from './wording.js'

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
    ],
    safe: [
      { sql: 'INSERT INTO "Setting" ("key") VALUES (\'a\') ON CONFLICT ("key") DO NOTHING;' },
      { sql: 'CREATE TABLE s (k TEXT PRIMARY KEY, v TEXT); INSERT INTO s VALUES (1, 2) ON CONFLICT (k) DO UPDATE SET v = 3;' },
    ],
  },
  judge(change, context) {
    if (change.kind === 'update' && change.replaces === true) return judgeReplacing(change, context)
    if (change.kind !== 'insert' || (change.onConflict !== 'update' && change.onConflict !== 'replace')) return []
    const table = context.table(change.table)
    if (table === null || isHistoryTable(table.live)) return []
    const at = { schema: table.live.schema, table: table.live.name }
    const columns = change.overwrites.flatMap((name) => table.column(name)?.live ?? [])
    const replaced = change.onConflict === 'replace' ? [{ effect: 'rows-lost' as const, ...at, column: null }] : []
    const names = replaced.length > 0 ? table.columns.flatMap((column) => column.live ?? []) : columns
    if (names.length === 0 && replaced.length === 0) return []
    const changed = names.flatMap((column) => (['values-changed', 'values-lost'] as const).map((effect) => ({ effect, ...at, column })))
    return [
      {
        message: `INSERT overwrites rows of ${context.display(table.live)} that have the same key.`,
        why:
          replaced.length > 0
            ? 'REPLACE deletes such a row first, with what references it ON DELETE CASCADE.'
            : 'Their values of before are not kept anywhere.',
        instead: 'INSERT … ON CONFLICT DO NOTHING keeps the rows that are there.',
        objects: [refTo(table.live), ...columns.map((column) => refTo(table.live, column))],
        measures: [
          {
            what: 'unknown',
            why: 'which rows collide is known only when it runs',
            predictions: [...replaced, ...changed],
            ...(replaced.length > 0 ? { cascades: readCascades(change) } : {}),
          },
        ],
        inconclusive: null,
      },
    ]
  },
}

function judgeReplacing(change: ChangeOf<'update'>, context: JudgeContext): readonly Draft[] {
  const table = context.table(change.table)
  if (table === null || isHistoryTable(table.live)) return []
  const at = { schema: table.live.schema, table: table.live.name, column: null }
  return [
    {
      message: `UPDATE OR REPLACE deletes rows of ${context.display(table.live)} that its new values collide with.`,
      why: 'Such a row goes first, with what references it ON DELETE CASCADE.',
      instead: 'UPDATE without OR REPLACE is refused on a collision and loses nothing.',
      objects: [refTo(table.live)],
      measures: [
        {
          what: 'unknown',
          why: 'which rows collide is known only when it runs',
          predictions: [{ effect: 'rows-lost', ...at }],
          cascades: readCascades(change),
        },
      ],
      inconclusive: null,
    },
  ]
}
