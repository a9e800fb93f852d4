import type { Rename } from './database.js'
import type { ColumnFingerprint, TableFingerprint } from './fingerprint.js'

interface Named {
  readonly id: string
  readonly schema?: string | null
  readonly name: string
}

/** For each one of before its counterpart in after: by id, which survives renames; else by the name it was given; else by name, if nobody else's id claims that one. */
export function matchTables<B extends Named, A extends Named>(
  before: readonly B[],
  after: readonly A[],
  renames: readonly Rename[] = [],
): Map<B, A> {
  return match(before, after, (table) => ({ schema: table.schema ?? null, name: renamedTable(renames, table.schema ?? null, table.name) }))
}

/** The same for the columns of one table. Ids are worth nothing when the table itself was found by its name only. */
export function matchColumns<B extends Named, A extends Named>(
  before: { readonly id: string; readonly schema: string | null; readonly name: string; readonly columns: readonly B[] },
  after: { readonly id: string; readonly columns: readonly A[] },
  renames: readonly Rename[] = [],
): Map<B, A> {
  const sameTable = before.id === after.id
  const nameAfter = (column: Named) => ({ schema: null, name: renamedColumn(renames, before, column.name) })
  return match(before.columns, after.columns, nameAfter, sameTable)
}

interface ExpectedName {
  readonly schema: string | null
  readonly name: string
}

function match<B extends Named, A extends Named>(
  before: readonly B[],
  after: readonly A[],
  nameAfter: (one: B) => ExpectedName,
  byId = true,
): Map<B, A> {
  const found = new Map<B, A>()
  const free = new Set(after)
  const names = new Map(after.map((one) => [key(one.schema ?? null, one.name), one]))
  const ids = new Map(after.map((one) => [one.id, one]))
  const claim = (one: B, counterpart: A | undefined): void => {
    if (counterpart === undefined || found.has(one) || !free.delete(counterpart)) return
    found.set(one, counterpart)
  }
  const byName = (one: B): A | undefined => names.get(key(nameAfter(one).schema, nameAfter(one).name))
  // Where the id is the name, a renamed one comes before another that had its new name and is gone.
  for (const one of before) if (one.id === one.name && nameAfter(one).name !== one.name) claim(one, byName(one))
  if (byId) for (const one of before) claim(one, ids.get(one.id))
  for (const one of before) claim(one, byName(one))
  return found
}

function key(schema: string | null, name: string): string {
  return JSON.stringify([schema, name])
}

function renamedTable(renames: readonly Rename[], schema: string | null, name: string): string {
  let current = name
  for (const rename of renames) if (isOf(rename, schema, current) && rename.column === null) current = rename.to
  return current
}

function renamedColumn(
  renames: readonly Rename[],
  table: { readonly schema: string | null; readonly name: string },
  column: string,
): string {
  let currentTable = table.name
  let current = column
  for (const rename of renames) {
    if (!isOf(rename, table.schema, currentTable)) continue
    if (rename.column === null) currentTable = rename.to
    else if (rename.column === current) current = rename.to
  }
  return current
}

function isOf(rename: Rename, schema: string | null, table: string): boolean {
  return rename.table === table && (rename.schema === null || schema === null || rename.schema === schema)
}

/** The columns of after that stand for the key of before: matched one by one, else by position in a key of the same length; null when there are none. */
export function matchKey(
  before: TableFingerprint,
  after: { readonly columns: readonly Pick<ColumnFingerprint, 'id' | 'name'>[]; readonly primaryKey: readonly string[] },
  matched: ReadonlyMap<ColumnFingerprint, Pick<ColumnFingerprint, 'name'>>,
): readonly { readonly before: ColumnFingerprint; readonly after: string }[] | null {
  if (before.key === null) return null
  const pairs: { before: ColumnFingerprint; after: string }[] = []
  for (const [position, name] of before.key.columns.entries()) {
    const column = before.columns.find((one) => one.name === name)
    if (column === undefined) return null
    const counterpart =
      matched.get(column)?.name ?? (after.primaryKey.length === before.key.columns.length ? after.primaryKey[position] : undefined)
    if (counterpart === undefined) return null
    pairs.push({ before: column, after: counterpart })
  }
  return pairs
}
