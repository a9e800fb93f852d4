import type { ChangeOf } from '../sql/change.js'
import { isSameName } from './dropped-object.js'
import type { Draft, JudgeContext, Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED */
export const setUnlogged: Rule = {
  id: 'set-unlogged',
  kind: 'loss',
  severity: 'S2',
  summary: 'A table is emptied by the next crash, and is empty on replicas.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "Event" SET UNLOGGED;', databases: ['postgresql'] },
      { sql: 'CREATE UNLOGGED TABLE "Event" ("id" integer);', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'ALTER TABLE "Event" SET LOGGED;', databases: ['postgresql'] },
      { sql: 'CREATE UNLOGGED TABLE tmp AS SELECT 1; DROP TABLE tmp;', databases: ['postgresql'] },
      { sql: 'CREATE TABLE "Event" ("id" integer); ALTER TABLE "Event" SET UNLOGGED; DROP TABLE "Event";', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind === 'create-table' && change.unlogged === true) return judgeNew(change, context)
    if (change.kind !== 'set-unlogged') return []
    const table = context.table(change.table)
    if (table === null) return []
    return [
      {
        message: `${context.display(table.live)} becomes unlogged: the next crash empties it.`,
        why: 'Unlogged tables are truncated after a crash, and replicas do not have their rows.',
        instead: `ALTER TABLE ${sqlName(context, change.table)} SET LOGGED;`,
        objects: [refTo(table.live)],
        measures: [{ what: 'rows', table: table.live, effects: [], cascades: null }],
        inconclusive: null,
      },
    ]
  },
}

/** It is empty yet, so that nothing of now is at stake where that can be known. */
function judgeNew(change: ChangeOf<'create-table'>, context: JudgeContext): readonly Draft[] {
  const isShortLived = context.later.some(
    (later) => 'table' in later && isSameName(later.table, change.table) && (later.kind === 'drop-table' || later.kind === 'rename-table'),
  )
  if (isShortLived) return []
  return [
    {
      ...(context.catalog === null ? {} : { severity: 'info' as const }),
      message: `${context.display(change.table)} is unlogged: each crash empties it.`,
      why: 'Unlogged tables are truncated after a crash, and replicas do not have their rows.',
      instead: `CREATE TABLE ${sqlName(context, change.table)} …;`,
      objects: [refTo(change.table)],
      measures: [],
      inconclusive: null,
    },
  ]
}
