import { isBookkeeping } from './bookkeeping.js'
import type { Rule } from './rule.js'
import { whyNotNow } from './why-not-now.js'
import { refTo, selectRows } from './wording.js'

/** Said so that the comparison after the run expects it; nobody needs to be asked. */
export const stampRows: Rule = {
  id: 'stamp-rows',
  kind: 'loss',
  severity: 'info',
  summary: 'A trigger notes the time, or counts on, in the rows that a statement writes.',
  examples: {
    unsafe: [
      {
        before: `CREATE TABLE "User" (id int PRIMARY KEY, name text, "updatedAt" timestamp);
          CREATE FUNCTION touch() RETURNS trigger AS $$ BEGIN NEW."updatedAt" := now(); RETURN NEW; END $$ LANGUAGE plpgsql;
          CREATE TRIGGER touch BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION touch();`,
        sql: 'ALTER TABLE "User" ADD COLUMN full_name text; UPDATE "User" SET full_name = name;',
        databases: ['postgresql'],
      },
      {
        before: `CREATE TABLE "User" (id INTEGER PRIMARY KEY, name TEXT, "updatedAt" DATETIME);
          CREATE TRIGGER touch AFTER UPDATE ON "User" BEGIN UPDATE "User" SET "updatedAt" = CURRENT_TIMESTAMP WHERE id = NEW.id; END;`,
        sql: 'ALTER TABLE "User" ADD COLUMN full_name TEXT; UPDATE "User" SET full_name = name;',
        databases: ['sqlite'],
      },
    ],
    safe: [{ sql: 'UPDATE "User" SET "updatedAt" = CURRENT_TIMESTAMP;' }],
  },
  judge(change, context) {
    if (change.kind !== 'update') return []
    const table = context.table(change.table)
    if (table === null) return []
    return change.assignments.flatMap(({ column: name, value }) => {
      const live = table.column(name)?.live ?? null
      if (live === null || value === null || !isBookkeeping(change, name, value, context.dialect.style)) return []
      const rows = selectRows(table, change, change.from)
      return [
        {
          message: `${context.display(table.live, live)} is set anew in the rows that are written.`,
          why: 'A trigger notes in a row that it was written.',
          instead: 'Nothing, if the note is to say so.',
          objects: [refTo(table.live, live)],
          measures: [
            {
              what: 'overwritten-values',
              table: table.live,
              column: live,
              value,
              rows,
              type: table.column(name)?.type ?? null,
              moves: null,
            },
          ],
          inconclusive: whyNotNow(table, context, { ...change, expressions: [value] }),
        },
      ]
    })
  },
}
