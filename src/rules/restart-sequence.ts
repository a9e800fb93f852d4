import type { ChangeOf } from '../sql/change.js'
import { refToObject } from './dropped-object.js'
import type { Draft, JudgeContext, Rule } from './rule.js'
import { type FilledColumn, findFilledColumn } from './sequences.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altersequence.html, https://www.postgresql.org/docs/current/functions-sequence.html */
export const restartSequence: Rule = {
  id: 'restart-sequence',
  kind: 'failure',
  severity: 'S3',
  summary: 'A sequence is set to a number; where that is in use already, later inserts fail or ids are given twice.',
  examples: {
    unsafe: [
      { sql: 'ALTER SEQUENCE "User_id_seq" RESTART WITH 1;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ALTER COLUMN "id" RESTART;', databases: ['postgresql'] },
      { sql: 'SELECT setval(\'"User_id_seq"\', 1, false);', databases: ['postgresql'] },
      { sql: 'SELECT setval(pg_get_serial_sequence(\'"User"\', \'id\'), (SELECT count(*) FROM "User"));', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'SELECT setval(\'"User_id_seq"\', (SELECT max("id") FROM "User"));', databases: ['postgresql'] },
      { sql: 'SELECT setval(pg_get_serial_sequence(\'"User"\', \'id\'), coalesce(max("id"), 1)) FROM "User";', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE "User" ALTER COLUMN "id" ADD GENERATED ALWAYS AS IDENTITY; SELECT setval(pg_get_serial_sequence(\'"User"\', \'id\'), max("id")) FROM "User";',
        databases: ['postgresql'],
      },
      { sql: 'CREATE SEQUENCE s; ALTER SEQUENCE s RESTART WITH 1000;', databases: ['postgresql'] },
      { sql: 'ALTER SEQUENCE "User_id_seq" INCREMENT BY 10;', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (id serial); ALTER SEQUENCE t_id_seq RESTART WITH 5;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'restart-sequence' || change.followsRows || isOwn(change, context) || isSetAgain(change, context)) return []
    const filled = findFilled(change, context)
    if (filled === 'own') return []
    return [draftRestart(change, filled, context)]
  },
}

/** The sequence, or the table whose column it fills by PostgreSQL's name for it, was made by these migrations. */
function isOwn({ sequence }: ChangeOf<'restart-sequence'>, context: JudgeContext): boolean {
  if (sequence === null) return false
  return context.earlier.some(
    (earlier) =>
      (earlier.kind === 'create-object' && earlier.type === 'sequence' && earlier.name.name === sequence.name) ||
      (earlier.kind === 'create-table' &&
        earlier.columns.some(({ name, generated }) => generated && sequence.name === `${earlier.table.name}_${name}_seq`)),
  )
}

/** Only where it ends up counts. */
function isSetAgain(change: ChangeOf<'restart-sequence'>, context: JudgeContext): boolean {
  const names = namesOf(change)
  return context.later.some((later) => later.kind === 'restart-sequence' && namesOf(later).some((name) => names.includes(name)))
}

/** Its name, or the one that PostgreSQL gives to the sequence of a column. */
function namesOf({ sequence, fills }: ChangeOf<'restart-sequence'>): readonly string[] {
  return [...(sequence === null ? [] : [sequence.name]), ...(fills === null ? [] : [`${fills.on.name}_${fills.column}_seq`])]
}

function findFilled({ sequence, fills }: ChangeOf<'restart-sequence'>, context: JudgeContext): FilledColumn | 'own' | null {
  if (sequence !== null) return findFilledColumn(sequence, context)
  const table = fills === null ? null : context.table(fills.on)
  const column = fills === null ? null : (table?.column(fills.column) ?? null)
  if (table === null || column === null || column.live === null) return 'own'
  const known = context.catalog?.tables
    .find((one) => one.name === table.live.name && one.schema === table.live.schema)
    ?.columns.find((one) => one.name === column.live)
  return { table: table.live, column: column.live, start: known?.sequence?.start ?? '1' }
}

function draftRestart({ sequence, next }: ChangeOf<'restart-sequence'>, filled: FilledColumn | null, context: JudgeContext): Draft {
  const { quoteName } = context.dialect
  const place = filled === null ? null : context.display(filled.table, filled.column)
  const shown = sequence === null ? `The sequence of ${place}` : `The sequence ${context.display(sequence)}`
  const table = filled === null ? '<table>' : quoteName(filled.table.name)
  const column = filled === null ? '<column>' : quoteName(filled.column)
  return {
    message: `${shown} is set to a number that may be in use.`,
    why: `Ids that ${place ?? 'a column'} holds already are given again: inserts fail where it is unique, and mix rows up where it is not.`,
    instead: `SELECT setval(pg_get_serial_sequence('${table}', '${filled?.column ?? 'column'}'), (SELECT max(${column}) FROM ${table}));`,
    objects: filled === null ? (sequence === null ? [] : [refToObject(sequence)]) : [refTo(filled.table, filled.column)],
    measures:
      filled === null || next === null
        ? []
        : [{ what: 'taken-numbers', table: filled.table, column: filled.column, next: next === 'start' ? filled.start : next }],
    inconclusive:
      filled === null
        ? null
        : (context.changedTables.find(({ live, isWritten }) => isWritten && live?.name === filled.table.name)?.why ?? null),
  }
}
