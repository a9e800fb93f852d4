import type { Catalog, CatalogTable } from '../../databases/catalog.js'
import type { TableFingerprint } from '../../databases/fingerprint.js'
import { matchTables } from '../../databases/match.js'
import { SafeMigrateError } from '../../errors.js'
import type { Model } from '../../project/models.js'
import { displayName } from '../../util/names.js'
import { suggestNearest } from '../../util/nearest.js'

/** Prisma's own: what was applied belongs to the schema, which a restore of rows leaves as it is. */
const HISTORY_TABLE = '_prisma_migrations'

/** A table then and now. */
export interface TablePairing {
  readonly before: TableFingerprint
  readonly live: CatalogTable
}

/** Where the names that people type come from. */
export interface Names {
  readonly models: readonly Model[]
  /** Of the configuration: name → models or tables. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly before: readonly TableFingerprint[]
  readonly catalog: Catalog
  /** Whether a table may be found again by its id: it is the same database. */
  readonly isSameDatabase: boolean
}

export interface Named {
  readonly schema: string | null
  readonly name: string
}

/**
 * The tables that `only` names (all when empty), without those that `skip` names, by models, tables and groups.
 * @throws SafeMigrateError `usage` for what is not known, ambiguous, or cannot be restored by itself
 */
export function selectTables(names: Names, only: readonly string[], skip: readonly string[]): readonly TablePairing[] {
  const pairs = pairTables(names)
  const left = new Set(skip.flatMap((word) => resolveWord(names, word)).map(idOf))
  if (only.length > 0)
    return resolveTables(names, only)
      .filter((one) => !left.has(idOf(one)))
      .map((one) => pairOf(pairs, one))
  const rest = names.before.filter((table) => table.name !== HISTORY_TABLE && !left.has(idOf(table)) && !isElsewhere(pairs.get(table)))
  return rest.map((table) => pairOf(pairs, table))
}

/** The tables of then and now that words mean: models, tables, groups. @throws SafeMigrateError `usage` for what is not known or ambiguous */
export function resolveTables(names: Names, words: readonly string[]): readonly Named[] {
  return unique(words.flatMap((word) => resolveWord(names, word)))
}

/** One table by its model's name, its own, or its own with the schema. @throws SafeMigrateError `usage` */
export function selectTable(names: Names, word: string): TablePairing {
  const found = findTables(names, word)
  const [first] = found
  if (first === undefined) throw unknown(names, word)
  if (found.length > 1) throw ambiguous(word, found)
  return pairOf(pairTables(names), first)
}

function pairTables({ before, catalog, isSameDatabase }: Names): ReadonlyMap<TableFingerprint, CatalogTable> {
  if (isSameDatabase) return matchTables(before, catalog.tables)
  return new Map(
    before.flatMap((table) => catalog.tables.filter((live) => idOf(live) === idOf(table)).map((live) => [table, live] as const)),
  )
}

function resolveWord(names: Names, word: string): readonly Named[] {
  const group = Object.hasOwn(names.groups, word) ? names.groups[word] : undefined
  const found = findTables(names, word)
  if (group !== undefined && found.length > 0) {
    throw new SafeMigrateError({
      code: 'usage',
      message: `"${word}" is a group in the configuration and a model or table as well.`,
      next: ['Give the group another name in safe-migrate.config (groups).'],
    })
  }
  if (group !== undefined) return group.flatMap((member) => resolveMember(names, word, member))
  const [first] = found
  if (first === undefined) throw unknown(names, word)
  if (found.length > 1) throw ambiguous(word, found)
  return [first]
}

function resolveMember(names: Names, group: string, member: string): readonly Named[] {
  const found = findTables(names, member)
  if (found.length > 1) throw ambiguous(member, found)
  if (found.length === 1) return found
  const error = unknown(names, member)
  throw new SafeMigrateError({
    code: 'config',
    message: `The group "${group}" of the configuration names what is not there. ${error.message}`,
    next: error.next,
  })
}

/** Every table, then or now, that a word can mean. */
function findTables(names: Names, word: string): readonly Named[] {
  const tables: readonly Named[] = [...names.before, ...names.catalog.tables]
  const { defaultSchema } = names.catalog
  const models = names.models.filter((model) => model.name === word)
  const ofModels = models.flatMap((model) =>
    tables.filter((table) => table.name === model.table && (table.schema === null || table.schema === (model.schema ?? defaultSchema))),
  )
  if (ofModels.length > 0) return unique(ofModels)
  const byName = tables.filter((table) => table.name === word)
  const own = byName.filter((table) => table.schema === defaultSchema)
  const qualified = tables.filter((table) => table.schema !== null && `${table.schema}.${table.name}` === word)
  return unique(own.length > 0 && new Set(byName.map(idOf)).size === 1 ? own : [...byName, ...qualified])
}

function unique(tables: readonly Named[]): readonly Named[] {
  return [...new Map(tables.map((table) => [idOf(table), table])).values()]
}

function idOf({ schema, name }: Named): string {
  return JSON.stringify([schema, name])
}

function pairOf(pairs: ReadonlyMap<TableFingerprint, CatalogTable>, wanted: Named): TablePairing {
  const name = displayName(wanted.schema, wanted.name)
  if (wanted.name === HISTORY_TABLE)
    throw refused(`${HISTORY_TABLE} is Prisma's own list of what was applied; it is not restored by itself.`, WHOLE)
  for (const [before, live] of pairs) {
    if (idOf(before) !== idOf(wanted) && idOf(live) !== idOf(wanted)) continue
    if (isElsewhere(live)) throw refused(`${name} is a ${live.kind} table: its rows are not in the snapshot.`, [])
    return { before, live }
  }
  throw refused(`${name} is not both in the snapshot and in the database: rows can only be put back into a table that is there.`, WHOLE)
}

const WHOLE = ['To bring back the schema and everything in it: safe-migrate restore, without --only']

function isElsewhere(table: CatalogTable | undefined): boolean {
  return table?.kind === 'foreign' || table?.kind === 'virtual'
}

function unknown(names: Names, word: string): SafeMigrateError {
  const known = [
    ...new Set([...names.models.map(({ name }) => name), ...Object.keys(names.groups), ...names.before.map(({ name }) => name)]),
  ]
  return new SafeMigrateError({
    code: 'usage',
    message: `There is no model, table or group "${word}"${suggestNearest(word, known) || '.'}`,
    next: [`Known: ${known.filter((name) => name !== HISTORY_TABLE).join(', ')}`],
  })
}

function ambiguous(word: string, found: readonly Named[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `"${word}" can mean ${found.length} tables.`,
    next: [`Name one of: ${found.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)).join(', ')}`],
  })
}

function refused(message: string, next: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({ code: 'usage', message, next })
}
