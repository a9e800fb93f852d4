import type { ParsedSql } from '../databases/database.js'
import type { MigrationObservations, RewrittenTable } from '../databases/rehearsal.js'
import type { Delivery } from '../project/atomicity.js'
import type { Change } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import { summarize } from './effects.js'
import type { Rehearsal, RehearsedStatement } from './rehearsal-report.js'

/** How many of the longest statements are listed. */
const MOST_STATEMENTS = 10
/** Databases cut off what they say a session is doing. https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-ACTIVITY-QUERY-SIZE */
const COMPARED_LENGTH = 900
/** Changes that can have all rows of a table written anew. */
const REWRITING: readonly Change['kind'][] = ['rebuild-table', 'alter-column-type', 'add-column', 'set-unlogged', 'set-expression']

export interface RehearsedFiles {
  readonly parsed: readonly ParsedSql[]
  readonly delivery: Delivery
}

/** What was seen, with the statements of the migrations that it belongs to. What Prisma itself does is left out. */
export function describeObservations(
  { interval, statements, locks, rewritten }: MigrationObservations,
  files: RehearsedFiles,
): Pick<Rehearsal, 'interval' | 'statements' | 'locks' | 'rewritten'> {
  const find = (query: string | null) => (query === null ? null : findStatement(query, files))
  return {
    interval,
    statements: statements
      .flatMap(({ query, seconds }) => {
        const statement = find(query)
        return statement === null ? [] : [{ ...statement, seconds: round(seconds) }]
      })
      .slice(0, MOST_STATEMENTS),
    locks: locks.flatMap(({ query, ...lock }) => {
      const statement = find(query)
      return [{ ...lock, seconds: round(lock.seconds), statement }]
    }),
    rewritten: rewritten.map(({ query, ...table }) => ({ ...table, statement: find(query) ?? findOnlyCause(table, files) })),
  }
}

function findStatement(query: string, { parsed, delivery }: RehearsedFiles): RehearsedStatement | null {
  const wanted = essence(query)
  if (wanted === '') return null
  for (const { source, statements } of parsed) {
    const isWhole = delivery === 'one-transaction' && statements.length > 1 && essence(source.sql).startsWith(wanted)
    if (isWhole) return { migration: source.migration, line: null, summary: `all of ${source.migration}` }
    const found = statements.find(({ sql }) => essence(sql).startsWith(wanted))
    if (found !== undefined) return describe(found)
  }
  return null
}

/** Where only one statement can have done it, it did. */
function findOnlyCause({ table }: Pick<RewrittenTable, 'table'>, { parsed }: RehearsedFiles): RehearsedStatement | null {
  const causes = parsed.flatMap(({ changes }) =>
    changes.filter((change) => REWRITING.includes(change.kind) && 'table' in change && nameOf(change.table) === table),
  )
  const statements = [...new Set(causes.map(({ statement }) => statement))]
  const [only, ...others] = statements
  return only === undefined || others.length > 0 ? null : describe(only)
}

function nameOf(table: unknown): string | null {
  return typeof table === 'object' && table !== null && 'name' in table ? String(table.name) : null
}

function describe(statement: Statement): RehearsedStatement {
  const { source, start, end, sql } = statement
  return { migration: source.migration, line: locate(source, start, end).line, summary: summarize(sql) }
}

/** What stays the same however a statement is sent: no comments before it, no semicolon after it, single blanks, and what is not cut off. */
function essence(sql: string): string {
  return sql
    .replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/[;\s]+$/, '')
    .slice(0, COMPARED_LENGTH)
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
