import type { Config } from '../config/schema.js'
import type { Catalog } from '../databases/catalog.js'
import type { Finding, ObjectRef } from '../rules/finding.js'
import type { Change } from '../sql/change.js'
import { matchesWildcard } from '../util/wildcard.js'
import type { AcceptanceProblem } from './acceptance-problem.js'
import { readPath, type SameName } from './object-path.js'

export type Protect = Config['protect']

export const PROTECT_NOTHING: Protect = { tables: [], columns: [] }

/** Protecting too much is better than too little, so letter case does not count. */
const isSame: SameName = (pattern, name) => matchesWildcard(pattern, name, true)

const LOSING_EFFECTS = new Set(['rows-lost', 'table-gone', 'column-gone', 'values-lost', 'values-changed'])

/**
 * The names under `protect` that a finding touches: a loss by what goes, ON DELETE's consequences too; what could not be analysed by
 * what it may touch, which is everything when it is not known.
 */
export function findProtected(finding: Finding, { tables, columns }: Protect, defaultSchema: string | null): readonly string[] {
  if (finding.severity === 'info' || (finding.kind !== 'loss' && finding.kind !== 'unanalysed')) return []
  const touched = touchedObjects(finding).map((object) => withSchema(object, defaultSchema))
  if (touched.length === 0) return [...tables, ...columns]
  return [
    ...tables.filter((pattern) => touched.some((object) => coversTable(pattern, object))),
    ...columns.filter((pattern) => touched.some((object) => coversColumn(pattern, object))),
  ]
}

/** Gives findings the names that they touch; what touches one must be accepted, whatever level its rule has. */
export function withProtection(findings: readonly Finding[], protect: Protect, defaultSchema: string | null): readonly Finding[] {
  if (protect.tables.length === 0 && protect.columns.length === 0) return findings
  return findings.map((finding) => {
    const names = findProtected(finding, protect, defaultSchema)
    return names.length === 0 ? finding : { ...finding, level: 'block', protected: names }
  })
}

/** Names that no table or column has: a typing error protects nothing. `objects`: every table and column there is or was. */
export function findProtectionProblems(
  { tables, columns }: Protect,
  objects: readonly ObjectRef[],
  defaultSchema: string | null,
): readonly AcceptanceProblem[] {
  const known = objects.map((object) => withSchema(object, defaultSchema))
  const unknown = [
    ...tables.filter((pattern) => !known.some((object) => coversTable(pattern, object))),
    ...columns.filter((pattern) => !known.some((object) => object.column !== undefined && coversColumn(pattern, object))),
  ]
  return unknown.map((name) => ({
    kind: 'protects-nothing',
    migration: null,
    location: null,
    message: `${name}, which the configuration protects, is not there: a misspelt name protects nothing.`,
  }))
}

/** Every table and column of a live database. */
export function listObjects({ tables }: Catalog): readonly ObjectRef[] {
  return tables.flatMap(({ schema, name, columns }) => [
    makeRef(schema, name, null),
    ...columns.map((column) => makeRef(schema, name, column.name)),
  ])
}

/** Every table and column that migrations name. */
export function namedObjects(changes: readonly Change[]): readonly ObjectRef[] {
  return changes.flatMap((change) => {
    if (!('table' in change)) return []
    const { schema, name } = change.table
    const columns = [
      ...('column' in change ? [change.column] : []),
      ...(change.kind === 'create-table' ? change.columns.map((column) => column.name) : []),
      ...(change.kind === 'add-column' ? [change.definition.name] : []),
      ...(change.kind === 'rename-column' ? [change.to] : []),
    ]
    const renamed = change.kind === 'rename-table' ? [makeRef(change.toSchema ?? schema, change.to, null)] : []
    return [makeRef(schema, name, null), ...renamed, ...columns.map((column) => makeRef(schema, name, column))]
  })
}

function touchedObjects(finding: Finding): readonly ObjectRef[] {
  const cascades = finding.impact?.measured === true ? (finding.impact.cascades ?? []) : []
  return [
    ...finding.objects,
    ...finding.predictions
      .filter(({ effect, count, table }) => LOSING_EFFECTS.has(effect) && count !== 0 && table !== '')
      .map(({ schema, table, column }) => makeRef(schema, table, column)),
    ...cascades.filter(({ rows }) => rows > 0).map(({ schema, table }) => makeRef(schema, table, null)),
  ]
}

function makeRef(schema: string | null, table: string, column: string | null): ObjectRef {
  return { ...(schema === null ? {} : { schema }), table, ...(column === null ? {} : { column }) }
}

/** A table that is known without its schema is in the default one. */
function withSchema(object: ObjectRef, defaultSchema: string | null): ObjectRef {
  return object.schema === undefined && object.table !== undefined && defaultSchema !== null ? { ...object, schema: defaultSchema } : object
}

/** What is no table itself (a schema, a type) may take any table along that can be in it. */
function coversTable(pattern: string, object: ObjectRef): boolean {
  return covers(readPath(pattern) ?? [pattern], object)
}

/** A table goes with all its columns. */
function coversColumn(pattern: string, object: ObjectRef): boolean {
  const path = readPath(pattern) ?? [pattern]
  return covers(path.slice(0, -1), object) && (object.column === undefined || isSame(path.at(-1) ?? '', object.column))
}

/** The path is that of a table, with its schema or without. */
function covers(path: readonly string[], object: ObjectRef): boolean {
  const [table, schema] = [path.at(-1) ?? '', path.at(-2)]
  // The columns of a type may be anywhere.
  if (object.table === undefined && object.type !== undefined) return true
  const isSchema = schema === undefined || object.schema === undefined || isSame(schema, object.schema)
  return isSchema && (object.table === undefined || isSame(table, object.table))
}
