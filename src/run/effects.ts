import type { ParsedSql } from '../databases/database.js'
import type { Change, ChangeOf } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import { type Effect, effectOf } from './change-effect.js'
import type { FailedMigration } from './report.js'
import type { SchemaView } from './schema-view.js'

export interface EffectFacts {
  /** Null where nothing shows what was there before: then what is there tells, as long as it is as the statement would leave it. */
  readonly before: SchemaView | null
  readonly after: SchemaView
  /** What is known besides, where the schema shows nothing: of its rows, or from the moment of the failure. */
  readonly rows?: (statement: Statement) => Effect
}

/**
 * Which statements of a failed migration took effect, told from the schema before and after. Statements run in order and the run stops at
 * the first that fails, so everything before a visible effect took effect too, and nothing after a missing one did.
 */
export function readEffects(parsed: ParsedSql, facts: EffectFacts): FailedMigration['statements'] {
  const direct = readVisible(parsed, facts)
  const rows = parsed.statements.map((statement) => facts.rows?.(statement) ?? 'unknown')
  const lastYes = direct.lastIndexOf('yes')
  const firstNo = direct.findIndex((effect, index) => effect === 'no' && index > lastYes)
  return parsed.statements.map((statement, index) => ({
    line: locate(statement.source, statement.start, statement.end).line,
    summary: summarize(statement.sql),
    effect: conclude(direct[index] ?? 'unknown', rows[index] ?? 'unknown', index, { lastYes, firstNo }),
  }))
}

// Rows that are as they were prove nothing about the statements after it: it may have met none.
function conclude(
  visible: Effect,
  rows: Effect,
  index: number,
  { lastYes, firstNo }: { readonly lastYes: number; readonly firstNo: number },
): Effect {
  if (visible !== 'unknown') return visible
  if (rows !== 'unknown') return rows
  if (index < lastYes) return 'yes'
  return firstNo !== -1 && index > firstNo ? 'no' : 'unknown'
}

/** What each statement's own traces say, without the others. */
function readVisible(parsed: ParsedSql, facts: EffectFacts): readonly Effect[] {
  return parsed.statements.map((statement) => {
    const rebuild = parsed.changes.find((change) => change.kind === 'rebuild-table' && isWithin(statement, change))
    if (rebuild?.kind === 'rebuild-table') return rebuildEffect(statement, rebuild, facts)
    const own = parsed.changes.filter(
      (change) => change.statement === statement || (change.kind === 'recreate-enum' && isWithin(statement, change)),
    )
    const earlier = parsed.changes.filter((change) => change.statement.index < statement.index)
    const later = parsed.changes.filter((change) => change.statement.index > statement.index)
    const effects = own.map((change) => effectOf(change, { ...facts, earlier, later }))
    return effects.find((effect) => effect !== 'unknown') ?? 'unknown'
  })
}

function isWithin(statement: Statement, { statement: first, through }: Change): boolean {
  return statement.index >= first.index && statement.index <= (through ?? first).index
}

/** The new table is there under another name until it takes the place of the old one. */
function rebuildEffect({ sql }: Statement, rebuild: ChangeOf<'rebuild-table'>, { before, after }: EffectFacts): Effect {
  const { table, madeAs } = rebuild
  const now = after.columnsOf(table)
  const isOpen = after.columnsOf({ ...table, name: madeAs }) !== null
  const verb = /^(create|insert|drop|alter)\b/i.exec(sql)?.[1]?.toLowerCase() ?? ''
  if (isOpen && now !== null) return verb === 'create' ? 'yes' : verb === 'insert' ? 'unknown' : verb === '' ? 'unknown' : 'no'
  if (isOpen) return verb === 'alter' ? 'no' : verb === '' ? 'unknown' : 'yes'
  if (now === null) return 'unknown'
  const essence = (columns: readonly { readonly name: string; readonly type: string | null }[]) =>
    JSON.stringify(columns.map(({ name, type }) => [name, (type ?? '').toLowerCase()]))
  const then = before?.columnsOf(table) ?? null
  if (then !== null && essence(then) !== essence(now)) return 'yes'
  const wanted = rebuild.columns.map(({ definition }) => definition)
  const isAsWanted = essence(wanted) === essence(now) && wanted.every((one, index) => isSameColumn(one, now[index]))
  if (!isAsWanted) return 'no'
  return before === null ? 'yes' : 'unknown'
}

function isSameColumn(
  wanted: { readonly notNull: boolean; readonly primaryKey: boolean; readonly default: string | null },
  now: { readonly notNull?: boolean; readonly default?: string | null } | undefined,
): boolean {
  if (now === undefined || (now.notNull !== undefined && !wanted.primaryKey && now.notNull !== wanted.notNull)) return false
  return now.default === undefined || (now.default === null) === (wanted.default === null)
}

/** One line of it. */
export function summarize(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`
}
