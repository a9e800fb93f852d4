import type { Rule } from './rule.js'
import { refTo, sqlName, whyNotNowOrFilled } from './wording.js'

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
    if (change.kind !== 'add-constraint' || change.foreignKey === null || change.foreignKey.notValid || context.dialect.ignoresCase)
      return []
    const table = context.table(change.table)
    const key = change.foreignKey
    const columns = key.columns.map((name) => table?.column(name) ?? null)
    if (
      table === null ||
      columns.some((column) => column === null || (column.live === null && !column.hasDefault && column.written === 'no'))
    )
      return []
    const dropped = context.earlier.some((earlier) => earlier.kind === 'drop-constraint' && earlier.table.name === change.table.name)
    const referenced = context.table(key.references)
    const live = columns.flatMap((column) => column?.live ?? [])
    // Prisma drops and adds a key again to change its actions: the rows were held to it all the time.
    if (
      dropped &&
      change.name !== null &&
      context.earlier.some((earlier) => earlier.kind === 'drop-constraint' && earlier.name === change.name)
    )
      return []
    const referencedColumns = key.referencedColumns.length > 0 ? key.referencedColumns : (referenced?.primaryKey ?? [])
    const isCountable = referenced !== null && live.length === key.columns.length && referencedColumns.length === live.length
    return [
      {
        message: `A foreign key on ${context.display(table.live, live[0] ?? key.columns[0])} fails if a row references nothing.`,
        why: 'Statements before it may already have taken effect when it fails.',
        instead: `ALTER TABLE ${sqlName(context, change.table)} ADD … NOT VALID;  -- then resolve the rows, then VALIDATE CONSTRAINT`,
        objects: live.map((column) => refTo(table.live, column)),
        measures:
          referenced !== null && isCountable
            ? [{ what: 'orphans', table: table.live, columns: live, references: referenced.live, referencedColumns }]
            : [],
        inconclusive: isCountable
          ? (whyNotNowOrFilled(table, context) ?? whyNotNowOrFilled(referenced, context))
          : 'the table it references is made or changed by these migrations',
      },
    ]
  },
}
