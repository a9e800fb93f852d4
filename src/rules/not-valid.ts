import { isSameName } from './dropped-object.js'
import type { Rule } from './rule.js'
import { refTo, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT */
export const notValid: Rule = {
  id: 'not-valid',
  kind: 'compatibility',
  severity: 'info',
  summary: 'A constraint is added NOT VALID and not validated: rows that break it stay.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "User" ADD CONSTRAINT c CHECK ("age" > 0) NOT VALID;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "Post" ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES "User"(id) NOT VALID;', databases: ['postgresql'] },
    ],
    safe: [
      {
        sql: 'ALTER TABLE "User" ADD CONSTRAINT c CHECK ("age" > 0) NOT VALID; ALTER TABLE "User" VALIDATE CONSTRAINT c;',
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE "User" ADD CONSTRAINT c CHECK ("age" > 0);', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    const isUnchecked =
      (change.kind === 'add-check' && change.notValid) || (change.kind === 'add-constraint' && change.foreignKey?.notValid === true)
    if (!isUnchecked) return []
    const { name } = change
    const table = context.table(change.table)
    const isValidated = context.later.some(
      (later) => later.kind === 'validate-constraint' && later.name === name && isSameName(later.table, change.table),
    )
    if (table === null || name === null || isValidated) return []
    return [
      {
        message: `Rows of ${context.display(table.live)} that break ${name} stay until it is validated.`,
        why: 'NOT VALID only holds for rows that are written from now on.',
        instead: `ALTER TABLE ${sqlName(context, change.table)} VALIDATE CONSTRAINT ${context.dialect.quoteName(name)};  -- in the next migration`,
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}
