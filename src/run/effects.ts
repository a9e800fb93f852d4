import type { ParsedSql } from '../databases/database.js'
import type { Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import type { Change, ObjectName } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import type { FailedMigration } from './report.js'

export type Effect = 'yes' | 'no' | 'unknown'

/**
 * Which statements of a failed migration took effect, told from the schema before and after. Statements run in order and the run stops at
 * the first that fails, so everything before a visible effect took effect too, and nothing after a missing one did.
 */
export function readEffects(parsed: ParsedSql, before: Fingerprint, after: Fingerprint): FailedMigration['statements'] {
  const direct = parsed.statements.map((statement) => {
    const changes = parsed.changes.filter((change) => change.statement === statement)
    const rebuild = parsed.changes.find((change) => change.kind === 'rebuild-table' && isWithin(statement, change))
    if (rebuild?.kind === 'rebuild-table') return rebuildEffect(statement.sql, rebuild.table, before, after)
    return mergeEffects(changes.map((change) => effectOf(change, before, after)))
  })
  const lastYes = direct.lastIndexOf('yes')
  const firstNo = direct.findIndex((effect, index) => effect === 'no' && index > lastYes)
  return parsed.statements.map((statement, index) => ({
    line: locate(statement.source, statement.start, statement.end).line,
    summary: summarize(statement.sql),
    effect: index <= lastYes ? 'yes' : firstNo !== -1 && index >= firstNo ? 'no' : (direct[index] ?? 'unknown'),
  }))
}

function isWithin(statement: Statement, { statement: first, through }: Change): boolean {
  return statement.index >= first.index && statement.index <= (through ?? first).index
}

// A rebuild leaves no trace when it is complete; when it stopped between DROP and RENAME, the table is missing.
function rebuildEffect(sql: string, table: ObjectName, before: Fingerprint, after: Fingerprint): Effect {
  if (findTable(before, table) === null || findTable(after, table) !== null) return 'unknown'
  if (/^drop\s+table\b/i.test(sql)) return 'yes'
  return /^alter\s+table\b/i.test(sql) ? 'no' : 'unknown'
}

function mergeEffects(effects: readonly Effect[]): Effect {
  return effects.find((effect) => effect !== 'unknown') ?? 'unknown'
}

function effectOf(change: Change, before: Fingerprint, after: Fingerprint): Effect {
  switch (change.kind) {
    case 'create-table':
      return findTable(before, change.table) === null ? visible(findTable(after, change.table) !== null) : 'unknown'
    case 'drop-table':
      return findTable(before, change.table) !== null ? visible(findTable(after, change.table) === null) : 'unknown'
    case 'rename-table':
      return findTable(before, change.table) !== null ? visible(findTable(after, change.table) === null) : 'unknown'
    case 'add-column':
      return columnEffect(before, after, change.table, change.definition.name, 'appears')
    case 'drop-column':
    case 'rename-column':
      return columnEffect(before, after, change.table, change.column, 'disappears')
    case 'alter-column-type':
      return typeEffect(before, after, change.table, change.column)
    case 'create-object':
      return hasObject(before, change.name) ? 'unknown' : visible(hasObject(after, change.name))
    case 'drop-object':
      return hasObject(before, change.name) ? visible(!hasObject(after, change.name)) : 'unknown'
    case 'create-enum':
      return hasObject(before, change.type) ? 'unknown' : visible(hasObject(after, change.type))
    case 'add-constraint':
    case 'add-check':
    case 'add-exclusion':
    case 'add-unique':
      return change.name === null || hasObject(before, { schema: null, name: change.name })
        ? 'unknown'
        : visible(hasObject(after, { schema: null, name: change.name }))
    default:
      return 'unknown'
  }
}

const visible = (isThere: boolean): Effect => (isThere ? 'yes' : 'no')

function columnEffect(before: Fingerprint, after: Fingerprint, table: ObjectName, column: string, how: 'appears' | 'disappears'): Effect {
  const then = findTable(before, table)
  const now = findTable(after, table)
  if (then === null || now === null) return 'unknown'
  const was = then.columns.some((one) => one.name === column)
  const is = now.columns.some((one) => one.name === column)
  if (how === 'appears') return was ? 'unknown' : visible(is)
  return was ? visible(!is) : 'unknown'
}

function typeEffect(before: Fingerprint, after: Fingerprint, table: ObjectName, column: string): Effect {
  const was = findTable(before, table)?.columns.find((one) => one.name === column)
  const is = findTable(after, table)?.columns.find((one) => one.name === column)
  return was !== undefined && is !== undefined && was.type !== is.type ? 'yes' : 'unknown'
}

function findTable(fingerprint: Fingerprint, { schema, name }: ObjectName): TableFingerprint | null {
  return fingerprint.tables.find((table) => table.name === name && (schema === null || table.schema === schema)) ?? null
}

function hasObject(fingerprint: Fingerprint, { schema, name }: ObjectName): boolean {
  return fingerprint.objects.some((object) => object.name === name && (schema === null || object.schema === schema))
}

function summarize(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`
}
