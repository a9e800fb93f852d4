import type { Conversion } from '../databases/dialect.js'
import type { ChangeOf } from '../sql/change.js'
import type { FindingKind, Severity } from './finding.js'
import type { Measure } from './measure.js'
import type { ColumnView, JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNow } from './why-not-now.js'
import { refTo, seenAs, sqlName } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE */
export const alterColumnType: Rule = {
  id: 'alter-column-type',
  kind: 'loss',
  severity: 'S2',
  summary: 'A column gets a type or an expression that may not hold its values.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE numeric(10,2);', before: 'CREATE TABLE t (a numeric(10,4));', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE date;', before: 'CREATE TABLE t (a timestamp(3));', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE timestamptz;', before: 'CREATE TABLE t (a timestamp(3));', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE varchar(5);', before: 'CREATE TABLE t (a text);', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE t ALTER COLUMN a TYPE varchar(5) USING a::varchar(5);',
        before: 'CREATE TABLE t (a text);',
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE integer USING 0;', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE text USING left(a, 3);', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE real;', before: 'CREATE TABLE t (a integer);', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE jsonb;', before: 'CREATE TABLE t (a json);', databases: ['postgresql'] },
      {
        sql: 'CREATE TABLE "new_t" ("a" REAL); INSERT INTO "new_t" ("a") SELECT "a" FROM "t"; DROP TABLE "t"; ALTER TABLE "new_t" RENAME TO "t";',
        before: 'CREATE TABLE "t" ("a" TEXT);',
        databases: ['sqlite'],
      },
    ],
    safe: [
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE bigint;', before: 'CREATE TABLE t (a integer);', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE text;', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE t ALTER COLUMN a TYPE varchar(50) USING a::varchar(50);',
        before: 'CREATE TABLE t (a varchar(20));',
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE t ALTER COLUMN a TYPE timestamp(6);', before: 'CREATE TABLE t (a timestamp(3));', databases: ['postgresql'] },
      { sql: 'ALTER TABLE t ADD COLUMN a integer; ALTER TABLE t ALTER COLUMN a TYPE smallint;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind === 'rebuild-table') return judgeRebuild(change, context)
    if (change.kind !== 'alter-column-type') return []
    const table = context.table(change.table)
    const column = table?.column(change.column) ?? null
    if (table === null || column === null || column.live === null || column.computed) return []
    const using = change.using === null ? null : { column: change.column, sql: change.using }
    const conversion = context.dialect.classifyConversion(column.type, change.type, using)
    return describe(table, column, column.live, { to: change.type, using: change.using, conversion, table: change.table }, context)
  },
}

interface Retyping {
  readonly to: string
  readonly using: string | null
  readonly conversion: Conversion
  readonly table: ChangeOf<'rebuild-table'>['table']
}

function judgeRebuild(change: ChangeOf<'rebuild-table'>, context: JudgeContext) {
  const table = context.table(change.table)
  if (table === null || !change.copied) return []
  return change.columns.flatMap(({ definition, source }) => {
    const column =
      source.from === 'column' ? table.column(source.column) : source.from === 'position' ? (table.columns[source.index] ?? null) : null
    if (column === null || column.live === null || column.type === null || column.computed) return []
    const to = definition.type ?? ''
    const conversion = context.dialect.classifyConversion(column.type, to, null)
    return describe(table, column, column.live, { to, using: null, conversion, table: change.table }, context)
  })
}

function describe(
  table: TableView,
  column: ColumnView,
  live: string,
  { to, using, conversion, table: name }: Retyping,
  context: JudgeContext,
) {
  const wording = WORDINGS[conversion]
  if (wording === null) return []
  const shown = context.display(table.live, live)
  const { quoteName } = context.dialect
  const at = { schema: table.live.schema, table: table.live.name, column: live }
  const unknown: Measure = {
    what: 'unknown',
    why: 'its old type is not known',
    predictions: [
      { effect: 'values-changed', ...at },
      { effect: 'values-lost', ...at },
    ],
  }
  const measure: Measure =
    column.type === null
      ? unknown
      : {
          what: 'converted-values',
          table: table.live,
          column: live,
          from: column.type,
          to,
          using,
          seenAs: seenAs(table, name),
          timeZone: context.timeZone,
        }
  return [
    {
      kind: wording.kind,
      severity: wording.severity,
      message: `${wording.message(shown, to)}`,
      why: wording.why,
      instead: `ALTER TABLE ${sqlName(context, name)} ADD COLUMN ${quoteName(`${column.name}_new`)} ${to};  -- copy, check, then drop the old one in a later release`,
      objects: [refTo(table.live, live)],
      measures: [measure],
      inconclusive: column.isRetyped
        ? 'an earlier statement of these migrations changes its type'
        : whyNotNow(table, context, { where: using }),
    },
  ]
}

interface Wording {
  readonly kind: FindingKind
  readonly severity: Severity
  message(column: string, to: string): string
  readonly why: string
}

const WORDINGS: Readonly<Record<Conversion, Wording | null>> = {
  none: null,
  reshapes: {
    kind: 'loss',
    severity: 'info',
    message: (column, to) => `${column} becomes ${to}: every value is kept, in another form.`,
    why: 'What reads the column has to know the new form.',
  },
  fails: {
    kind: 'failure',
    severity: 'S3',
    message: (column, to) => `${column} becomes ${to}, which is refused if a value does not fit.`,
    why: 'The statement fails then, and statements before it may already have taken effect.',
  },
  loses: {
    kind: 'loss',
    severity: 'S2',
    message: (column, to) => `${column} becomes ${to}, which may change values in silence.`,
    why: 'Values are rounded, cut or normalised without an error. Row counts stay the same, so nobody notices.',
  },
  'time-zone': {
    kind: 'loss',
    severity: 'S2',
    message: (column, to) => `${column} becomes ${to}: values are read in the session's time zone.`,
    why: 'Prisma stores UTC. Where the session is in another time zone, every value is shifted in silence.',
  },
  rewrites: {
    kind: 'loss',
    severity: 'S1',
    message: (column) => `The USING expression rewrites every value of ${column}.`,
    why: 'What it does not carry over is gone. Row counts stay the same, so nobody notices.',
  },
  unknown: {
    kind: 'loss',
    severity: 'S2',
    message: (column, to) => `${column} becomes ${to}, which may not hold its values as they are.`,
    why: 'Whether values are kept depends on the type it has now, which is not known or not compared here.',
  },
}
