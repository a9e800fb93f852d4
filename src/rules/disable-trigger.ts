import type { Change, ChangeOf } from '../sql/change.js'
import { isSameName, isTableGone } from './dropped-object.js'
import type { Draft, JudgeContext, Rule } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html, https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE */
export const disableTrigger: Rule = {
  id: 'disable-trigger',
  kind: 'loss',
  severity: 'S3',
  summary: 'Triggers, rewrite rules, foreign keys or a constraint are switched off, for good or while rows are written.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "Order" DISABLE TRIGGER "audit";', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "Order" DISABLE RULE keep;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "Order" ALTER CONSTRAINT positive NOT ENFORCED;', databases: ['postgresql'] },
      {
        sql: "SET session_replication_role = 'replica'; DELETE FROM \"User\" WHERE id = 1; SET session_replication_role = 'origin';",
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE t DISABLE TRIGGER ALL; INSERT INTO t VALUES (1); ALTER TABLE t ENABLE TRIGGER ALL;', databases: ['postgresql'] },
    ],
    safe: [
      {
        sql: 'ALTER TABLE t DISABLE TRIGGER a; UPDATE t SET x = 1 WHERE y = 2; ALTER TABLE t ENABLE TRIGGER a;',
        databases: ['postgresql'],
      },
      { sql: 'SET session_replication_role = DEFAULT;', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (id int); ALTER TABLE t DISABLE TRIGGER USER;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind === 'toggle-session-triggers') return change.enabled ? [] : judgeSession(context)
    if (change.kind !== 'toggle' || change.enabled || change.type === 'row security') return []
    return context.table(change.on) === null || isTableGone(change.on, context) ? [] : judgeTable(change, context)
  },
}

function judgeTable(change: ChangeOf<'toggle'>, context: JudgeContext): readonly Draft[] {
  const table = context.table(change.on)
  const end = context.later.findIndex((later) => later.kind === 'toggle' && later.enabled && covers(later, change))
  const writes = end === -1 ? [] : context.later.slice(0, end).filter(isWrite)
  const isUnchecked = change.type === 'trigger' && change.name === null && writes.length > 0
  if (table === null || (end !== -1 && !isUnchecked)) return []
  const what = change.name === null ? `All ${change.type}s` : `The ${change.type} ${change.name}`
  const shown = context.display(table.live)
  return [
    {
      message: isUnchecked
        ? `Rows are written while no trigger or foreign key of ${shown} acts.`
        : `${what} on ${shown} ${change.name === null ? 'are' : 'is'} switched off.`,
      why: isUnchecked
        ? 'Nobody checks later whether what was written meanwhile references something.'
        : 'What was enforced or recorded is not any more; nothing fails because of that.',
      instead: isUnchecked ? `ALTER TABLE … DISABLE TRIGGER USER;  -- leaves foreign keys on` : 'Switch it on again in the same migration.',
      objects: [refTo(table.live)],
      measures: [],
      inconclusive: null,
    },
  ]
}

function covers(later: ChangeOf<'toggle'>, change: ChangeOf<'toggle'>): boolean {
  if (!isSameName(later.on, change.on) || (later.name !== null && later.name !== change.name)) return false
  return later.type === change.type || (later.type === 'trigger' && change.type === 'user trigger')
}

/** The setting ends with the session, that is with the file: what is written until then counts. */
function judgeSession(context: JudgeContext): readonly Draft[] {
  const own = context.later.filter((later) => context.file.includes(later))
  const end = own.findIndex((later) => later.kind === 'toggle-session-triggers' && later.enabled)
  if (!own.slice(0, end === -1 ? own.length : end).some(isWrite)) return []
  return [
    {
      message: 'Rows are written while no trigger or foreign key acts in this session.',
      why: 'Nobody checks later whether what was written meanwhile references something, and ON DELETE does nothing.',
      instead: 'Write the rows in an order that the foreign keys allow, and leave session_replication_role alone.',
      objects: [],
      measures: [],
      inconclusive: null,
    },
  ]
}

function isWrite(change: Change): boolean {
  return ['insert', 'update', 'delete', 'truncate'].includes(change.kind)
}
