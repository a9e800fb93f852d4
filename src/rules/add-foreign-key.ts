import type { ForeignKeyDefinition } from '../sql/change.js'
import type { Measure } from './measure.js'
import type { JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, sqlName } from './wording.js'

export const addForeignKey: Rule = {
  id: 'add-foreign-key',
  kind: 'failure',
  severity: 'S3',
  summary: 'A foreign key is added; rows that reference nothing make the statement fail.',
  examples: {
    unsafe: [{ sql: 'ALTER TABLE "Post" ADD CONSTRAINT fk FOREIGN KEY ("authorId") REFERENCES "User"("id");', databases: ['postgresql'] }],
    safe: [
      {
        sql: 'ALTER TABLE "Post" ADD COLUMN "authorId" INTEGER; ALTER TABLE "Post" ADD CONSTRAINT fk FOREIGN KEY ("authorId") REFERENCES "User"("id");',
        databases: ['postgresql'],
      },
      { sql: 'CREATE TABLE p (a INTEGER REFERENCES "User"("id"));' },
      {
        sql: 'ALTER TABLE "Post" ADD CONSTRAINT fk FOREIGN KEY ("authorId") REFERENCES "User"("id") NOT VALID;',
        databases: ['postgresql'],
      },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'add-constraint' || change.foreignKey.notValid || context.dialect.ignoresCase) return []
    const table = context.table(change.table)
    const key = change.foreignKey
    const columns = key.columns.map((name) => table?.column(name) ?? null)
    if (
      table === null ||
      columns.some((column) => column === null || (column.live === null && !column.hasDefault && column.written === 'no'))
    )
      return []
    // Prisma drops and adds a key again to change its actions: the rows were held to it all the time.
    const isAgain =
      change.name !== null && context.earlier.some((earlier) => earlier.kind === 'drop-constraint' && earlier.name === change.name)
    if (isAgain) return []
    const live = columns.flatMap((column) => column?.live ?? [])
    const { measure, inconclusive } = readReference(table, key, context)
    return [
      {
        message: `A foreign key on ${context.display(table.live, live[0] ?? key.columns[0])} fails if a row references nothing.`,
        why: 'Statements before it may already have taken effect when it fails.',
        instead: `ALTER TABLE ${sqlName(context, change.table)} ADD … NOT VALID;  -- then resolve the rows, then VALIDATE CONSTRAINT`,
        objects: live.map((column) => refTo(table.live, column)),
        measures: [measure],
        inconclusive,
      },
    ]
  },
}

/** Counts rows that reference nothing. */
export function readReference(
  table: TableView,
  key: ForeignKeyDefinition,
  context: JudgeContext,
): { readonly measure: Measure; readonly inconclusive: string | null } {
  const referenced = context.table(key.references)
  const names = key.referencedColumns.length > 0 ? key.referencedColumns : (referenced?.primaryKey ?? [])
  const columns = key.columns.flatMap((name) => table.column(name)?.live ?? [])
  const referencedColumns = names.flatMap((name) => referenced?.column(name)?.live ?? [])
  const isCountable = referenced !== null && columns.length === key.columns.length && referencedColumns.length === columns.length
  if (!isCountable) {
    const why = 'a table or column of the key is made by these migrations'
    return { measure: { what: 'unknown', why, predictions: [] }, inconclusive: null }
  }
  const { matchFull } = key
  return {
    measure: { what: 'orphans', table: table.live, columns, references: referenced.live, referencedColumns, matchFull },
    inconclusive: whyNotNowOrFilled(table, context) ?? whyNotNowOrFilled(referenced, context),
  }
}
