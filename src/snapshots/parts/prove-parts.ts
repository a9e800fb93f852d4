import { SafeMigrateError } from '../../errors.js'
import { displayName, quoteIdentifier as quote } from '../../util/names.js'
import type { PartCounts } from './classify-rows.js'
import { liveTwins } from './match-rows.js'
import { countOf, differsFrom, isParent, type Part, referencesTo, sameRow, selectedParts, type Work } from './part.js'

/** What must not change by a part restore, counted before. */
export interface Surroundings {
  /** Rows of the tables that reference restored ones, directly or not. */
  readonly rows: ReadonlyMap<string, number>
  /** Rows whose foreign key finds nothing, of every key from or to a restored table. */
  readonly violations: ReadonlyMap<string, number>
}

export async function readSurroundings(work: Work): Promise<Surroundings> {
  const selected = new Set(selectedParts(work).map(({ live }) => live))
  const related = new Set(selected)
  for (const table of related) for (const { child } of referencesTo(work.catalog, table)) related.add(child)
  const rows = new Map<string, number>()
  for (const table of related)
    if (!selected.has(table)) rows.set(nameOf(table), await countOf(work, `SELECT count(*) AS n FROM ${work.sql.rowsOf(table)} AS l`))
  return { rows, violations: await countViolations(work) }
}

/**
 * Compares the tables with what was to become of them, inside the transaction: nothing is committed that was not found so.
 * @throws SafeMigrateError `snapshot`; the caller rolls back
 */
export async function proveParts(work: Work, counts: ReadonlyMap<Part, PartCounts>, before: Surroundings): Promise<void> {
  const problems: string[] = []
  for (const part of selectedParts(work)) {
    work.onPart('Comparing with the snapshot', part)
    const planned = counts.get(part)
    if (planned === undefined) continue
    const name = nameOf(part.live)
    const rows = await countOf(work, `SELECT count(*) AS n FROM ${work.sql.rowsOf(part.live)} AS l`)
    const expected = planned.rowsNow + planned.inserted - planned.deleted
    if (rows !== expected) problems.push(`${name} has ${rows} rows and should have ${expected}`)
    const others = await countOtherRows(work, part)
    if (others > 0) problems.push(`${others} rows of ${name} do not have the values of then`)
  }
  const after = await readSurroundings(work)
  for (const [name, rows] of after.rows)
    if (rows !== before.rows.get(name)) problems.push(`${name} had ${before.rows.get(name)} rows and has ${rows}`)
  for (const [key, rows] of after.violations)
    if (rows > (before.violations.get(key) ?? 0)) problems.push(`${rows} rows violate the foreign key ${key}`)
  if (problems.length === 0) return
  const triggers = selectedParts(work).flatMap(({ live }) => live.triggers)
  throw new SafeMigrateError({
    code: 'snapshot',
    message: 'The rows were written, and were not what they were to be. Everything was undone: the database is as it was.',
    why: `${problems.slice(0, 5).join('; ')}.${triggers.length === 0 ? '' : ` Perhaps a trigger changes them: ${triggers.join(', ')}.`}`,
    next: ['To bring back everything: safe-migrate restore, without --only'],
  })
}

async function countOtherRows(work: Work, part: Part): Promise<number> {
  const written = work.mode === 'missing' ? "('insert')" : "('insert', 'overwrite', 'same')"
  if (part.key === null) {
    const rows = `${part.work} AS p`
    const wanted = await countOf(work, `SELECT count(*) AS n FROM ${rows} WHERE p.state IN ${written}`)
    const twins = `(${liveTwins(work, part)}) AS l ON l.signature = p.signature AND l.twin = p.twin`
    return wanted - (await countOf(work, `SELECT count(*) AS n FROM ${rows} JOIN ${twins} WHERE p.state IN ${written}`))
  }
  const [first] = part.key
  if (first === undefined) return 0
  return countOf(
    work,
    `SELECT count(*) AS n FROM ${part.work} AS p LEFT JOIN ${work.sql.rowsOf(part.live)} AS l ON ${sameRow(part.key)}
     WHERE p.state IN ${written} AND (l.${quote(first.name)} IS NULL OR ${differsFrom(work, part.columns)})`,
  )
}

/** By our own count, whatever the database enforces at the moment. */
async function countViolations(work: Work): Promise<ReadonlyMap<string, number>> {
  const selected = new Set(selectedParts(work).map(({ live }) => live))
  const violations = new Map<string, number>()
  for (const child of work.catalog.tables) {
    for (const key of child.foreignKeys) {
      const parent = work.catalog.tables.find((table) => isParent(key, table))
      if (parent === undefined || !(selected.has(child) || selected.has(parent))) continue
      const given = key.columns.map((name) => `c.${quote(name)} IS NOT NULL`)
      const found = key.columns.map((name, place) => `r.${quote(key.references.columns[place] ?? '')} = c.${quote(name)}`)
      const sql = `SELECT count(*) AS n FROM ${work.sql.rowsOf(child)} AS c WHERE ${given.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${work.sql.rowsOf(parent)} AS r WHERE ${found.join(' AND ')})`
      violations.set(`${key.name} of ${nameOf(child)}`, await countOf(work, sql))
    }
  }
  return violations
}

function nameOf(table: Part['live']): string {
  return displayName(table.schema, table.name)
}
