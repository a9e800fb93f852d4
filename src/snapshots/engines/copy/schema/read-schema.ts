import type { Connection, Row } from '../../../../databases/database.js'
import { SafeMigrateError } from '../../../../errors.js'
import { constraintReaders } from './constraints.js'
import { lateReaders, publishedReaders } from './late.js'
import { privilegeReaders } from './privileges.js'
import { type SchemaReader, STAGES, type Stage } from './reader.js'
import { routineReaders } from './routines.js'
import { tableReaders } from './tables.js'
import { typeReaders } from './types.js'

/** Something to make again. */
export interface SchemaEntry {
  /** For people: `foreign key "Post_authorId_fkey" of "Post"`. */
  readonly name: string
  readonly stage: Stage
  readonly sql: string
  /** Places in the list of entries that must come first: smaller than its own. */
  readonly after: readonly number[]
  /** Tables (oids) that nothing else may change at the same time. */
  readonly tables: readonly string[]
}

interface Found extends Omit<SchemaEntry, 'after'> {
  /** `pg_class:16384`, as others depend on it; null when nothing can. */
  readonly key: string | null
  readonly needs: readonly string[]
  readonly isTable: boolean
  readonly priority: number
}

/** `from` cannot be without `to`; `isOwned`: `from` is a part of `to`. */
interface Dependency {
  readonly from: string
  readonly to: string
  readonly type: string
}

const MISSING = `SELECT (pg_identify_object(split_part(k, ':', 1)::regclass, split_part(k, ':', 2)::oid, 0)).type || ' ' || (pg_identify_object(split_part(k, ':', 1)::regclass, split_part(k, ':', 2)::oid, 0)).identity AS name FROM unnest($1::text[]) k ORDER BY 1`

const DEPENDENCIES = `SELECT classid::regclass || ':' || objid AS from, refclassid::regclass || ':' || refobjid AS to, deptype::text AS type
  FROM pg_depend WHERE objid >= 16384 AND (refobjid >= 16384 OR refclassid = 'pg_namespace'::regclass) ORDER BY CASE deptype WHEN 'e' THEN 0 WHEN 'i' THEN 1 ELSE 2 END`

/**
 * Everything in the database as the SQL that makes it again, in an order in which it can be run. Runs in the caller's transaction, under
 * an empty search path. @throws SafeMigrateError `snapshot` when something that cannot be made again is needed by something else
 */
export async function readSchema(connection: Connection): Promise<readonly SchemaEntry[]> {
  const major = Number.parseInt(connection.serverVersion, 10)
  const readers = [
    ...typeReaders,
    ...routineReaders,
    ...tableReaders,
    ...constraintReaders,
    ...lateReaders,
    ...publishedReaders(major),
    ...privilegeReaders,
  ]
  const found: Found[] = []
  for (const reader of readers) {
    for (const row of await connection.query(reader.query)) if (row.sql !== null && row.sql !== '') found.push(toFound(reader, row))
  }
  const dependencies = (await connection.query(DEPENDENCIES)).map((row) => ({
    from: String(row.from),
    to: String(row.to),
    type: String(row.type),
  }))
  const { needs, unknown } = resolveDependencies(found, dependencies)
  if (unknown.size > 0)
    throw notCarried(
      connection,
      (await connection.query(MISSING, [[...unknown]])).map((row) => String(row.name)),
    )
  return sortEntries(connection, found, needs)
}

function toFound({ kind, catalog, stage }: SchemaReader, row: Row): Found {
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
  return {
    name: `${kind} ${String(row.name)}`,
    stage,
    sql: String(row.sql),
    key: catalog === null ? null : `${catalog}:${String(row.oid)}`,
    tables: list(row.tables),
    needs: [
      ...list(row.after).map((oid) => `${catalog}:${oid}`),
      ...(row.needs === undefined ? [] : [`${String(row.needs_catalog)}:${String(row.needs)}`]),
    ],
    isTable: kind === 'table',
    priority: Number(row.priority ?? 0),
  }
}

/** What each entry needs, as places in `found`. A part (the type of a table, a member of an extension) stands for the whole. */
function resolveDependencies(found: readonly Found[], dependencies: readonly Dependency[]): { needs: Set<number>[]; unknown: Set<string> } {
  const places = new Map<string, number>()
  for (const [place, { key }] of found.entries()) if (key !== null) places.set(key, place)
  const wholes = new Map<string, string>()
  for (const { from, to, type } of dependencies) if ('eia'.includes(type) && !wholes.has(from) && from !== to) wholes.set(from, to)
  const resolve = (key: string): number | null => {
    const seen = new Set<string>()
    for (let at: string | undefined = key; at !== undefined && !seen.has(at); at = wholes.get(at)) {
      const place = places.get(at)
      if (place !== undefined) return place
      seen.add(at)
    }
    return null
  }
  const needs = found.map((entry) => new Set(entry.needs.flatMap((key) => places.get(key) ?? [])))
  const unknown = new Set<string>()
  for (const { from, to, type } of dependencies) {
    if (isMadeByWhole(from, wholes.get(from), places)) continue
    const [place, ref] = [resolve(from), resolve(to)]
    if (place === null || place === ref || (type === 'a' && found[place]?.name.startsWith('sequence '))) continue
    if (ref !== null) needs[place]?.add(ref)
    else if (type !== 'e' && !to.startsWith('pg_namespace:')) unknown.add(to)
  }
  return { needs, unknown }
}

/** What a table's partitions and children get from it later, by itself: a table does not wait for what its constraint or trigger needs. */
function isMadeByWhole(key: string, whole: string | undefined, places: ReadonlyMap<string, number>): boolean {
  return /^pg_(constraint|trigger):/.test(key) && !places.has(key) && whole?.startsWith('pg_class:') === true
}

/** By stages, and before that by what each needs: a view over a grouped table needs its primary key, which comes after the rows. */
function sortEntries(connection: Connection, found: readonly Found[], needs: readonly ReadonlySet<number>[]): SchemaEntry[] {
  const sorted: number[] = []
  const stages = new Map<number, number>()
  const open = new Set<number>()
  const visit = (place: number): void => {
    if (stages.has(place)) return
    const entry = found[place]
    if (entry === undefined) return
    if (open.has(place))
      throw cyclic(
        connection,
        [...open].map((one) => found[one]?.name ?? ''),
      )
    open.add(place)
    for (const need of needs[place] ?? []) visit(need)
    open.delete(place)
    const stage = Math.max(STAGES.indexOf(entry.stage), ...[...(needs[place] ?? [])].map((need) => stages.get(need) ?? 0))
    if (stage > 0 && entry.isTable) throw notCarried(connection, [entry.name])
    stages.set(place, stage)
    sorted.push(place)
  }
  const isLoose = (entry: Found) => (entry.key === null ? 1 : 0)
  const order = found
    .map((entry, place) => ({ entry, place }))
    .sort((a, b) => isLoose(a.entry) - isLoose(b.entry) || a.entry.priority - b.entry.priority)
  for (const { place } of order) visit(place)
  sorted.sort((a, b) => (stages.get(a) ?? 0) - (stages.get(b) ?? 0))
  const positions = new Map(sorted.map((place, position) => [place, position]))
  return sorted.flatMap((place) => {
    const entry = found[place]
    if (entry === undefined) return []
    const { name, sql, tables } = entry
    const after = [...(needs[place] ?? [])].map((need) => positions.get(need) ?? -1)
    return [{ name, stage: STAGES[stages.get(place) ?? 0] ?? 'late', sql, after, tables }]
  })
}

function notCarried(connection: Connection, names: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `safe-migrate itself cannot make everything in ${connection.target.label} again: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`,
    why: 'Other objects need it, so a snapshot without it could not be restored. Nothing was changed.',
    next: [
      'Use another engine: --engine pg-dump, with a pg_dump at least as new as the server',
      'Or on a server of your own: --engine pg-template',
    ],
  })
}

function cyclic(connection: Connection, names: readonly string[]): SafeMigrateError {
  return notCarried(connection, [`these need each other: ${names.join(', ')}`])
}
