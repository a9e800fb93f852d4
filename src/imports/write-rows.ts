import type { Connection } from '../databases/database.js'
import type { BindValue, FieldValue } from '../databases/field-value.js'
import { messageOf } from '../errors.js'
import { generateValue, makeSlug } from './generate.js'
import type { ResolvedMapping, Target } from './resolve-mapping.js'

const MOST_ROWS = 200

/** A row of the file as values by field name; what is absent was empty. */
export interface ImportRow {
  readonly line: number
  readonly values: ReadonlyMap<string, FieldValue>
}

export interface RowProblem {
  readonly line: number
  readonly message: string
}

export interface RowCounts {
  inserted: number
  updated: number
  /** Existed already. */
  skipped: number
}

export interface Writer {
  readonly connection: Connection
  readonly mapping: ResolvedMapping
  readonly bind: BindValue
  readonly now: Date
  readonly counts: RowCounts
  readonly problems: RowProblem[]
  /** The number to try next behind a slug, so that none is looked for twice. */
  readonly slugs: Map<string, number>
}

export function batchSize({ mapping, connection }: Pick<Writer, 'mapping' | 'connection'>): number {
  const width = Math.max(1, mapping.columns.length + mapping.constants.length + mapping.generated.length)
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(connection.database.values.maxParameters / width)))
}

/** Writes some rows inside the caller's transaction; what the database refuses is a problem of its line, and leaves nothing of the row. */
export async function writeRows(writer: Writer, rows: readonly ImportRow[]): Promise<void> {
  const { mapping, counts } = writer
  const existing = mapping.key.length === 0 ? new Set<number>() : await findExisting(writer, rows)
  const seen = new Set<string>()
  const inserts: ImportRow[] = []
  const updates: ImportRow[] = []
  for (const [at, row] of rows.entries()) {
    const key = keyOf(writer, row)
    const isKnown = existing.has(at) || (key !== null && seen.has(key))
    if (key !== null) seen.add(key)
    if (!isKnown) inserts.push(row)
    else if (mapping.existing === 'update') updates.push(row)
    else counts.skipped += 1
  }
  await insertRows(writer, inserts)
  for (const row of updates) await guarded(writer, row, () => updateRow(writer, row), 'updated')
}

/** Null when it has no key: such a row is always new. */
function keyOf({ mapping, bind }: Writer, row: ImportRow): string | null {
  const parts = mapping.key.map((target) => bind(row.values.get(target.field.name) ?? null, target.column))
  return parts.length === 0 || parts.includes(null) ? null : JSON.stringify(parts.map(String))
}

/** Places of the rows whose key is in the table. */
async function findExisting(writer: Writer, rows: readonly ImportRow[]): Promise<Set<number>> {
  const { connection, mapping } = writer
  const parameters: unknown[] = []
  const table = tableOf(writer)
  const parts = rows.map(
    (row, at) => `SELECT ${at} AS "at" WHERE EXISTS (SELECT 1 FROM ${table} WHERE ${sameKey(writer, row, parameters)})`,
  )
  if (mapping.key.length === 0 || parts.length === 0) return new Set()
  const found = await connection.query(parts.join(' UNION ALL '), parameters)
  return new Set(found.map((row) => Number(row.at)))
}

function sameKey({ mapping, bind, connection }: Writer, row: ImportRow, parameters: unknown[]): string {
  const { database } = connection
  return mapping.key
    .map((target) => {
      parameters.push(bind(row.values.get(target.field.name) ?? null, target.column))
      return `${database.quoteName(target.column.name)} = ${database.values.parameter(parameters.length)}`
    })
    .join(' AND ')
}

async function insertRows(writer: Writer, rows: readonly ImportRow[]): Promise<void> {
  if (rows.length === 0) return
  const slugs = await makeSlugs(writer, rows)
  // Rows that leave a column empty take its default, so they are written apart from those that give a value.
  const groups = new Map<string, { readonly targets: readonly Target[]; readonly rows: ImportRow[] }>()
  for (const row of rows) {
    const whole = { line: row.line, values: new Map([...row.values, ...(slugs.get(row) ?? []), ...generate(writer, row)]) }
    const targets = allTargets(writer).filter(({ field }) => whole.values.has(field.name))
    const name = targets.map(({ field }) => field.name).join()
    const group = groups.get(name) ?? { targets, rows: [] }
    group.rows.push(whole)
    groups.set(name, group)
  }
  for (const { targets, rows: some } of groups.values()) await insertGroup(writer, targets, some)
}

async function insertGroup(writer: Writer, targets: readonly Target[], rows: readonly ImportRow[]): Promise<void> {
  const { connection, counts } = writer
  await connection.query('SAVEPOINT safe_migrate_rows')
  try {
    await insertTogether(writer, targets, rows)
    await connection.query('RELEASE SAVEPOINT safe_migrate_rows')
    counts.inserted += rows.length
  } catch {
    await connection.query('ROLLBACK TO SAVEPOINT safe_migrate_rows')
    for (const row of rows) await guarded(writer, row, () => insertTogether(writer, targets, [row]), 'inserted')
  }
}

async function insertTogether(writer: Writer, targets: readonly Target[], rows: readonly ImportRow[]): Promise<void> {
  const { connection, bind } = writer
  const { quoteName, values } = connection.database
  const parameters: unknown[] = []
  const tuples = rows.map((row) => {
    const places = targets.map((target) => {
      parameters.push(bind(row.values.get(target.field.name) ?? null, target.column))
      return values.parameter(parameters.length)
    })
    return `(${places.join(', ')})`
  })
  const names = targets.map(({ column }) => quoteName(column.name)).join(', ')
  await connection.query(`INSERT INTO ${tableOf(writer)} (${names}) VALUES ${tuples.join(', ')}`, parameters)
}

/** Empty cells leave what is there. */
async function updateRow(writer: Writer, row: ImportRow): Promise<void> {
  const { connection, mapping, bind, now } = writer
  const { quoteName, values } = connection.database
  const parameters: unknown[] = []
  const set = (target: Target, value: FieldValue) => {
    parameters.push(bind(value, target.column))
    return `${quoteName(target.column.name)} = ${values.parameter(parameters.length)}`
  }
  const isKey = ({ field }: Target) => mapping.key.some((one) => one.field.name === field.name)
  const given = [...mapping.columns, ...mapping.constants].filter((target) => !isKey(target) && row.values.has(target.field.name))
  if (given.length === 0) return
  const changes = given.map((target) => set(target, row.values.get(target.field.name) ?? null))
  const stamps = mapping.generated.filter(({ how }) => how === 'updatedAt').map((target) => set(target, { kind: 'time', time: now }))
  await connection.query(
    `UPDATE ${tableOf(writer)} SET ${[...changes, ...stamps].join(', ')} WHERE ${sameKey(writer, row, parameters)}`,
    parameters,
  )
}

async function guarded(writer: Writer, row: ImportRow, work: () => Promise<void>, counted: 'inserted' | 'updated'): Promise<void> {
  const { connection, problems, counts } = writer
  await connection.query('SAVEPOINT safe_migrate_row')
  try {
    await work()
    counts[counted] += 1
    await connection.query('RELEASE SAVEPOINT safe_migrate_row')
  } catch (error) {
    await connection.query('ROLLBACK TO SAVEPOINT safe_migrate_row')
    problems.push({ line: row.line, message: messageOf(error) })
  }
}

function allTargets({ mapping }: Writer): readonly Target[] {
  return [...mapping.columns, ...mapping.constants, ...mapping.generated]
}

function generate({ mapping, now }: Writer, row: ImportRow): [string, FieldValue][] {
  return mapping.generated.flatMap(({ field, how }): [string, FieldValue][] => {
    const value = row.values.has(field.name) ? null : generateValue(how, now)
    return value === null ? [] : [[field.name, value]]
  })
}

/** Slugs that neither the table nor these rows have yet. */
async function makeSlugs(writer: Writer, rows: readonly ImportRow[]): Promise<Map<ImportRow, [string, FieldValue][]>> {
  const made = new Map<ImportRow, [string, FieldValue][]>()
  for (const target of writer.mapping.generated) {
    const { how } = target
    if (typeof how !== 'object' || !('slug' in how)) continue
    const taken = new Set<string>()
    for (const row of rows) {
      const source = row.values.get(how.slug)
      const base = makeSlug(source !== null && source !== undefined && 'text' in source ? source.text : '')
      let number = writer.slugs.get(base) ?? 1
      let slug = numbered(base, number)
      for (; taken.has(slug) || (await isTaken(writer, target, slug)); slug = numbered(base, number)) number += 1
      writer.slugs.set(base, number + 1)
      taken.add(slug)
      made.set(row, [...(made.get(row) ?? []), [target.field.name, { kind: 'text', text: slug }]])
    }
  }
  return made
}

function numbered(base: string, number: number): string {
  return number === 1 ? base : `${base}-${number}`
}

async function isTaken(writer: Writer, { column }: Target, slug: string): Promise<boolean> {
  const { quoteName, values } = writer.connection.database
  const sql = `SELECT 1 AS one FROM ${tableOf(writer)} WHERE ${quoteName(column.name)} = ${values.parameter(1)} LIMIT 1`
  return (await writer.connection.query(sql, [slug])).length > 0
}

function tableOf({ mapping, connection }: Writer): string {
  const { quoteName } = connection.database
  const { schema, name } = mapping.table
  return schema === null ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`
}
