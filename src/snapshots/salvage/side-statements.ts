import type { CatalogColumn } from '../../databases/catalog.js'
import type { TableFingerprint } from '../../databases/fingerprint.js'
import { quoteIdentifier as quote, quoteQualified } from '../../util/names.js'
import type { PartColumn } from '../parts/part.js'
import type { Salvage, SalvagePart } from './salvage-part.js'

/** What a person has to fill in. */
const BLANK = (name: string) => `<${name}>`

/** Puts the rows in, as far as they can be. */
export function rowStatement({ work, special }: Salvage, { part, plain }: SalvagePart, side: string): string {
  const known = new Set(part.columns.map(({ name }) => name))
  const required = part.live.columns.filter(
    ({ name, notNull, default: given, generated, sequence }) =>
      !known.has(name) && notNull && given === null && !generated && sequence === undefined,
  )
  const names = [...part.columns, ...required].map(({ name }) => quote(name))
  const values = [
    ...part.columns.map((column) => castValue(special, column, plain, `s.${quote(column.before.name)}`)),
    ...required.map(({ name }) => BLANK(name)),
  ]
  const clause = work.sql.insertClause === '' ? '' : `${work.sql.insertClause} `
  // SQLite needs the WHERE: https://www.sqlite.org/lang_upsert.html#parsing_ambiguity
  return `INSERT INTO ${work.sql.nameOf(part.live)} (${names.join(', ')}) ${clause}SELECT ${values.join(', ')} FROM ${side} AS s WHERE true ON CONFLICT DO NOTHING`
}

/** One for each column whose values could not be written back. */
export function valueStatements({ work, special }: Salvage, { part, plain, values }: SalvagePart, side: string): readonly string[] {
  const { key } = part
  if (key === null) return []
  const table = work.sql.nameOf(part.live)
  return values.flatMap(({ column }) => {
    const type = plain.get(column.before.name)
    const value = `s.${quote(column.before.name)}`
    const widened = type === undefined || type === column.type ? null : special.changeType(table, column.name, column.before.type)
    const set = widened === null ? castValue(special, column, plain, value) : value
    const update = `UPDATE ${table} AS t SET ${quote(column.name)} = ${set} FROM ${side} AS s WHERE ${joinOn(special, key, plain)} AND ${value} IS NOT NULL`
    return widened === null ? [update] : [widened, update]
  })
}

/** Into the only new column that can be meant, else into one that is made again. */
export function goneStatements({ work, special }: Salvage, { part, plain, gone }: SalvagePart, side: string): readonly string[] {
  const { key } = part
  if (key === null) return []
  const table = work.sql.nameOf(part.live)
  const known = new Set(part.columns.map(({ name }) => name))
  const added = part.live.columns.filter((column) => !known.has(column.name) && !column.generated)
  return gone.flatMap(({ name, type }) => {
    const heir = onlyHeir(added, type, gone)
    const value = `s.${quote(name)}`
    const to = heir?.name ?? name
    const isFree = heir === null || heir.notNull ? '' : ` AND t.${quote(to)} IS NULL`
    const update = `UPDATE ${table} AS t SET ${quote(to)} = ${value} FROM ${side} AS s WHERE ${joinOn(special, key, plain)} AND ${value} IS NOT NULL${isFree}`
    return heir === null ? [`ALTER TABLE ${table} ADD COLUMN ${quote(name)} ${plain.get(name) ?? type}`, update] : [update]
  })
}

export function goneTableStatement({ schema, name }: TableFingerprint, columns: readonly string[], side: string): string {
  const list = columns.join(', ')
  return `INSERT INTO ${quoteQualified(schema, name)} (${list}) SELECT ${list} FROM ${side}`
}

function onlyHeir(added: readonly CatalogColumn[], type: string, gone: SalvagePart['gone']): CatalogColumn | null {
  const alike = added.filter((column) => column.type === type)
  const [only = null] = alike
  return alike.length === 1 && gone.filter((column) => column.type === type).length === 1 ? only : null
}

function castValue(special: Salvage['special'], column: PartColumn, plain: SalvagePart['plain'], value: string): string {
  return plain.get(column.before.name) === column.type ? value : special.cast(value, column.type)
}

function joinOn(special: Salvage['special'], key: readonly PartColumn[], plain: SalvagePart['plain']): string {
  return key
    .map((column) => `t.${quote(column.name)} = ${castValue(special, column, plain, `s.${quote(column.before.name)}`)}`)
    .join(' AND ')
}
