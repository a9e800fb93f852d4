import type { Change, ChangeOf } from '../sql/change.js'
import { tokenize } from '../sql/tokens.js'
import { columnsOfTypes } from './drop-type.js'
import { isSameName, refToObject } from './dropped-object.js'
import type { Measure } from './measure.js'
import type { ColumnView, JudgeContext, Rule, TableView } from './rule.js'
import { whyNotNowOrFilled } from './why-not-now.js'
import { refTo, seenAs } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-alterdomain.html */
export const restrictDomain: Rule = {
  id: 'restrict-domain',
  kind: 'failure',
  severity: 'S3',
  summary: 'A domain gets a condition that every value in every column of it must pass.',
  examples: {
    unsafe: [
      { sql: "ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%');", databases: ['postgresql'] },
      { sql: 'ALTER DOMAIN email SET NOT NULL;', databases: ['postgresql'] },
      {
        sql: "ALTER DOMAIN email ADD CONSTRAINT c CHECK (VALUE <> '') NOT VALID; ALTER DOMAIN email VALIDATE CONSTRAINT c;",
        databases: ['postgresql'],
      },
    ],
    safe: [
      { sql: "ALTER DOMAIN email ADD CONSTRAINT has_at CHECK (VALUE LIKE '%@%') NOT VALID;", databases: ['postgresql'] },
      { sql: 'ALTER DOMAIN email DROP NOT NULL;', databases: ['postgresql'] },
      { sql: 'CREATE DOMAIN email AS text; ALTER DOMAIN email SET NOT NULL;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'validate-domain' && (change.kind !== 'restrict-domain' || change.notValid)) return []
    const added = change.kind === 'restrict-domain' ? change : findAdded(change, context)
    const isOwn = context.earlier.some((one) => one.kind === 'create-object' && one.type === 'type' && isSameName(one.name, change.type))
    const columns = columnsOfTypes([change.type.name], context)
    if (isOwn || (context.catalog !== null && columns.length === 0)) return []
    const notNull = added !== null && added.condition === null
    return [
      {
        message: `Every value of domain ${context.display(change.type)} must ${notNull ? 'be there' : 'pass a new condition'}, or it fails.`,
        why: 'All columns of the domain are checked; statements before it may already have taken effect when it fails.',
        instead: notNull
          ? 'UPDATE the rows that have no value first.'
          : `ALTER DOMAIN … ADD CONSTRAINT … NOT VALID;  -- and VALIDATE CONSTRAINT when the values are right`,
        objects: [refToObject(change.type), ...columns.map(({ table, live }) => refTo(table.live, live))],
        measures:
          columns.length === 0
            ? [unknown('which columns are of the domain is not known')]
            : columns.map(({ table, column }) => measureOf(table, column, added, context)),
        inconclusive: columns.map(({ table }) => whyNotNowOrFilled(table, context)).find((why) => why !== null) ?? null,
      },
    ]
  },
}

function unknown(why: string): Measure {
  return { what: 'unknown', why, predictions: [] }
}

function measureOf(table: TableView, column: ColumnView, added: ChangeOf<'restrict-domain'> | null, context: JudgeContext): Measure {
  if (added === null) return unknown('the condition is not known')
  if (column.type?.endsWith('[]') === true) return unknown(`${column.name} holds arrays of the domain`)
  const value = context.dialect.quoteName(column.name)
  const condition = added.condition === null ? `${value} IS NOT NULL` : withValue(added.condition, value, context)
  return {
    what: 'violations',
    table: table.live,
    seenAs: seenAs(table, { schema: null, name: table.name }),
    condition,
    columns: [column.name],
  }
}

/** The constraint that is validated, where these migrations added it. */
function findAdded(change: ChangeOf<'validate-domain'>, context: JudgeContext): ChangeOf<'restrict-domain'> | null {
  const isIt = (earlier: Change): earlier is ChangeOf<'restrict-domain'> =>
    earlier.kind === 'restrict-domain' && earlier.name === change.name && isSameName(earlier.type, change.type)
  return context.earlier.find(isIt) ?? null
}

function withValue(condition: string, value: string, context: JudgeContext): string {
  const words = tokenize(condition, context.dialect.style).filter((token) => token.kind === 'word' && token.word === 'VALUE')
  return words.reduceRight((sql, token) => sql.slice(0, token.start) + value + sql.slice(token.end), condition)
}
