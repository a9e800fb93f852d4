import type { Change, ObjectName } from '../sql/change.js'
import type { JudgeContext, Rule } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/explicit-locking.html */
export const lockTable: Rule = {
  id: 'lock-table',
  kind: 'compatibility',
  severity: 'S4',
  summary: 'A statement keeps others from reading or writing a table while it goes through all its rows.',
  examples: {
    unsafe: [
      { sql: 'CREATE INDEX i ON "User"("name");', databases: ['postgresql'] },
      { sql: 'CREATE UNIQUE INDEX i ON "User"("name");', databases: ['postgresql'] },
      { sql: 'VACUUM FULL "User";', databases: ['postgresql'] },
      { sql: 'CLUSTER "User" USING i;', databases: ['postgresql'] },
      { sql: 'REINDEX TABLE "User";', databases: ['postgresql'] },
      { sql: 'BEGIN; LOCK TABLE "User"; COMMIT;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" SET TABLESPACE fast;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ALTER COLUMN "age" TYPE bigint;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ADD COLUMN "token" uuid DEFAULT gen_random_uuid();', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "Post" ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES "User"(id);', databases: ['postgresql'] },
    ],
    safe: [
      { sql: 'CREATE INDEX CONCURRENTLY i ON "User"("name");', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (a int); CREATE INDEX i ON t(a);', databases: ['postgresql'] },
      { sql: 'VACUUM "User";', databases: ['postgresql'] },
      { sql: 'REINDEX TABLE CONCURRENTLY "User";', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" ADD COLUMN "a" int DEFAULT 1;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "Post" ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES "User"(id) NOT VALID;', databases: ['postgresql'] },
      { sql: 'CREATE INDEX i ON "User"("name");', databases: ['sqlite'] },
    ],
  },
  judge(change, context) {
    if (!context.dialect.altersColumns || change.refusesTransaction?.endsWith('CONCURRENTLY') === true) return []
    const blocked = readBlocked(change, context)
    if (blocked === null) return []
    const table = blocked.on === null ? null : context.table(blocked.on)
    if (blocked.on !== null && table === null) return []
    return [
      {
        message: `${blocked.what} keeps others from ${table === null ? 'tables' : context.display(table.live)} while it runs.`,
        why: 'On a big table that takes minutes, and everything that waits for it waits too.',
        instead: blocked.instead ?? "SET lock_timeout = '5s';  -- and run it when little is going on",
        objects: table === null ? [] : [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

interface Blocked {
  readonly what: string
  readonly on: ObjectName | null
  readonly instead?: string
}

/** Functions that give another value in each row, so that adding a column with such a default writes every row. */
const VOLATILE = /\b(gen_random_uuid|uuid_generate_v\w+|uuidv\d|random|clock_timestamp|timeofday|nextval)\s*\(/i

function readBlocked(change: Change, context: JudgeContext): Blocked | null {
  switch (change.kind) {
    case 'block':
      return change
    case 'create-object':
      return change.type === 'index' && change.on !== null
        ? { what: 'CREATE INDEX', on: change.on, instead: 'CREATE INDEX CONCURRENTLY …;  -- alone in its migration' }
        : null
    case 'add-unique':
      return { what: 'Making a unique index', on: change.table, instead: 'CREATE UNIQUE INDEX CONCURRENTLY …;  -- alone in its migration' }
    case 'alter-column-type':
      return { what: 'Changing the type of a column', on: change.table }
    case 'add-column':
      return change.definition.generated || VOLATILE.test(change.definition.default ?? '')
        ? { what: 'Adding a column that is computed for each row', on: change.table }
        : null
    case 'add-constraint':
      return change.foreignKey?.notValid === false && context.table(change.foreignKey.references) !== null
        ? {
            what: 'Checking a foreign key',
            on: change.table,
            instead: 'ADD CONSTRAINT … NOT VALID; then VALIDATE CONSTRAINT in the next migration',
          }
        : null
    default:
      return null
  }
}
