import type { ChangeOf } from '../sql/change.js'
import type { ConflictAction } from '../sql/constraints.js'
import { describeKeys, type KeyView } from './incoming-rows.js'
import type { IncomingRows } from './measure.js'
import type { JudgeContext, TableView } from './rule.js'

type Rebuild = ChangeOf<'rebuild-table'>

/** What the new table of a rebuild demands and the old one did not, as far as known. */
export interface Unmet {
  readonly keys: readonly KeyView[]
  readonly required: readonly string[]
  /** SQL. */
  readonly checks: readonly string[]
}

/** The rows that are copied, as the new table will hold them; null where no single query gives them. */
export function readCopied({ rows, columns, constraints }: Rebuild): IncomingRows | null {
  if (rows === null) return null
  const collationOf = (name: string) =>
    constraints.collations.find((one) => one.column.toLowerCase() === name.toLowerCase())?.collation ?? null
  return {
    query: rows.query,
    given: rows.columns,
    columns: columns.map(({ definition: { name, type, default: value } }) => ({
      name,
      type,
      default: value,
      collation: collationOf(name),
    })),
  }
}

/** Constraints of the new table that rows may violate, of those with an action that `isMeant`. */
export function readUnmet(change: Rebuild, table: TableView, context: JudgeContext, isMeant: (action: ConflictAction) => boolean): Unmet {
  const { constraints, onConflict } = change
  const actionOf = (own: ConflictAction) => (onConflict === 'none' ? own : onConflict)
  return {
    keys: constraints.keys
      .map((key) => ({ ...key, onConflict: actionOf(key.onConflict) }))
      .filter((key) => isMeant(key.onConflict) && !key.columns.includes('') && !isKeptUnique(key, change, table, context)),
    required: constraints.notNull.flatMap(({ column, onConflict: own }) => {
      const action = actionOf(own)
      // The default takes the place of NULL; without one the row is refused.
      const definition = definitionOf(change, column)
      const acts = action === 'replace' ? (definition?.default === null ? 'refuse' : null) : action
      return acts === null || !isMeant(acts) || isKeptFilled(column, change, table) ? [] : [column]
    }),
    checks: onConflict === 'replace' || !isMeant(onConflict === 'ignore' ? 'ignore' : 'refuse') ? [] : newChecks(change, table),
  }
}

/** CHECKs that the old table did not have; REPLACE refuses what violates them like anything else. */
function newChecks({ constraints }: Rebuild, table: TableView): readonly string[] {
  const normalize = (sql: string) => sql.replace(/\s+/g, ' ').toLowerCase()
  const before = (table.constraints?.checks ?? []).map(normalize)
  return constraints.checks.filter((check) => !before.includes(normalize(check)))
}

function definitionOf({ columns }: Rebuild, name: string) {
  return columns.find(({ definition }) => definition.name.toLowerCase() === name.toLowerCase())?.definition
}

/** The column of the old table that the new one is a plain copy of. */
function sourceOf({ columns }: Rebuild, name: string, table: TableView): string | null {
  const source = columns.find(({ definition }) => definition.name.toLowerCase() === name.toLowerCase())?.source
  if (source?.from === 'position') return table.isComplete ? (table.columns[source.index]?.name ?? null) : null
  return source?.from === 'column' ? source.column : null
}

/** Its key is one already. That a row comes several times, in a JOIN, matters only where it makes the statement fail. */
function isKeptUnique({ columns, onConflict }: KeyView, change: Rebuild, table: TableView, { dialect }: JudgeContext): boolean {
  const fold = (name: string) => (dialect.ignoresCase ? name.toLowerCase() : name)
  const sources = columns.map((column) => sourceOf(change, column, table))
  const known = sources.flatMap((source) => (source === null ? [] : [fold(source)]))
  // INTEGER PRIMARY KEY that nothing is copied to is numbered anew.
  const isNumbered = columns.length === 1 && columns.every((column) => definitionOf(change, column)?.generated === true)
  if (
    isNumbered &&
    sources[0] === null &&
    change.columns.some(({ definition, source }) => columns.includes(definition.name) && source.from === 'default')
  )
    return true
  if (onConflict === 'refuse' && multipliesRows(change)) return false
  if (table.uniqueKeys.some((key) => key.length > 0 && key.every((name) => known.includes(fold(name))))) return true
  // Of a table that is not known, the primary key is what it was.
  return !table.isComplete && columns.every((column) => definitionOf(change, column)?.primaryKey === true)
}

/** One old row may give several new ones. */
export function multipliesRows({ filter }: Rebuild): boolean {
  return filter !== null && /\bJOIN\b|,/i.test(filter)
}

function isKeptFilled(name: string, change: Rebuild, table: TableView): boolean {
  const definition = definitionOf(change, name)
  if (definition?.generated === true) return true
  const column = change.columns.find((one) => one.definition === definition)
  if (column?.source.from === 'default') return definition?.default !== null
  const source = sourceOf(change, name, table)
  return source !== null && table.column(source)?.notNull === true
}

/** For people: `UNIQUE (email), NOT NULL (name), CHECK (age > 0)`. */
export function describeUnmet({ keys, required, checks }: Unmet): string {
  const parts = [
    describeKeys(keys),
    required.length === 0 ? '' : `NOT NULL (${required.join(', ')})`,
    ...checks.map((check) => `CHECK (${check.replace(/\s+/g, ' ')})`),
  ]
  return parts.filter((part) => part !== '').join(', ')
}
