import type { Catalog } from '../databases/catalog.js'
import type { ParsedSql } from '../databases/database.js'
import type { Fingerprint, TableFingerprint } from '../databases/fingerprint.js'
import { isTouched, type TouchedTables } from '../findings/touched.js'
import { readAtomicity } from '../project/file-atomicity.js'
import { type Migration, readSource } from '../project/history.js'
import type { Project } from '../project/project.js'
import { readEffects } from './effects.js'
import type { FailedMigration } from './report.js'
import { type SchemaView, viewSchema } from './schema-view.js'

/** The database before and after; `isOnlyOne`: no other migration of this run was applied. */
export interface FailureFacts {
  readonly before: Fingerprint
  readonly after: Fingerprint
  readonly catalog: Catalog
  readonly isOnlyOne: boolean
  readonly touched: TouchedTables
}

/** What became of a migration that has just failed. */
export async function describeFailure(project: Project, failed: Migration, facts: FailureFacts | null): Promise<FailedMigration> {
  const { name, file, logs, startedAt } = failed
  const base = { name, startedAt, message: databaseText(logs) }
  if (file === null || facts === null) return { ...base, statements: [], leftTraces: 'unknown' }
  const parsed = await project.database.parse(readSource(project, { name, file }))
  const views = { before: viewBefore(facts.before, facts.catalog, parsed), after: viewNow(facts.catalog, facts.after, parsed) }
  const statements = readEffects(parsed, views)
  return { ...base, statements, leftTraces: findTraces(project, parsed, statements, facts) }
}

/** A fingerprint tells no labels, and whether a column may be NULL neither. */
export function viewBefore(before: Fingerprint, { defaultSchema }: Catalog, { dialect }: ParsedSql): SchemaView {
  return viewSchema({ tables: before.tables, enums: [], objects: before.objects }, { defaultSchema, ignoresCase: dialect.ignoresCase })
}

export function viewNow(catalog: Catalog, { objects }: Pick<Fingerprint, 'objects'>, { dialect }: ParsedSql): SchemaView {
  const { tables, enums, defaultSchema } = catalog
  return viewSchema({ tables, enums, objects }, { defaultSchema, ignoresCase: dialect.ignoresCase })
}

function findTraces(
  project: Project,
  parsed: ParsedSql,
  statements: FailedMigration['statements'],
  { before, after, isOnlyOne, touched }: FailureFacts,
): FailedMigration['leftTraces'] {
  if (statements.some((one) => one.effect === 'yes')) return 'yes'
  if (readAtomicity(project, parsed).atomic === 'yes') return 'no'
  // What others write meanwhile, elsewhere, is none of it.
  if (isOnlyOne && essenceOf(before, touched) !== essenceOf(after, touched)) return 'yes'
  if (isOnlyOne && [...before.tables, ...after.tables].every((one) => isReadWhole(one) || !isTouched(touched, one.schema, one.name)))
    return 'no'
  return statements.every((one) => one.effect === 'no') ? 'no' : 'unknown'
}

function essenceOf({ tables, objects }: Fingerprint, touched: TouchedTables): string {
  return JSON.stringify([
    tables.map((table) => (isTouched(touched, table.schema, table.name) ? rowsOf(table) : [table.id, shapeOf(table)])),
    objects,
  ])
}

const shapeOf = ({ columns }: TableFingerprint) => columns.map((one) => [one.name, one.type])

/** Of a table of which only rows and keys were read, the same digests say nothing of the values. */
export function isReadWhole({ level, columns, rowDigest }: TableFingerprint): boolean {
  return level !== 'counts' && rowDigest !== null && columns.every(({ digest }) => digest !== null)
}

/** Equal when neither rows, nor values, nor columns differ. */
export function rowsOf({ id, rows, columns }: TableFingerprint): unknown {
  return [id, rows, columns.map((one) => [one.name, one.type, one.nonNull, one.digest])]
}

/** The database's own words within what Prisma stored in `_prisma_migrations.logs`. */
export function databaseText(logs: string | null): string | null {
  if (logs === null) return null
  return /Database error:\s*([\s\S]*?)(?:\n\s*\n|DbError \{|$)/.exec(logs)?.[1]?.trim() || logs.trim() || null
}
