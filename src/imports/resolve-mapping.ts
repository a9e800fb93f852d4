import type { ImportColumn, ImportGenerator, ImportMapping } from '../config/import-mapping.js'
import type { Catalog, CatalogColumn, CatalogTable } from '../databases/catalog.js'
import type { FieldValue } from '../databases/field-value.js'
import { SafeMigrateError } from '../errors.js'
import type { Model, ModelField } from '../project/models.js'
import { suggestNearest } from '../util/nearest.js'
import { convertCell } from './convert.js'

/** A mapping whose names are all there: in the file, in the model and in the database. */
export interface ResolvedMapping {
  readonly model: Model
  readonly table: CatalogTable
  /** Taken from the file. */
  readonly columns: readonly (Target & { readonly cell: number; readonly header: string; readonly options: ImportColumn })[]
  readonly constants: readonly (Target & { readonly value: FieldValue })[]
  /** Made for new rows; what Prisma's client would make is among them. */
  readonly generated: readonly (Target & { readonly how: Generator })[]
  /** A part of `columns` and `constants`. */
  readonly key: readonly Target[]
  readonly existing: 'skip' | 'update'
  /** Columns of the file that go nowhere. */
  readonly ignored: readonly string[]
}

/** A field and where it is stored. */
export interface Target {
  readonly field: ModelField
  readonly column: CatalogColumn
}

export type Generator = ImportGenerator | 'cuid' | 'updatedAt'

/**
 * Finds every name of a mapping.
 * @param schema of tables without one; null on SQLite
 * @throws SafeMigrateError `config` with all problems at once
 */
export function resolveMapping(
  name: string,
  mapping: ImportMapping,
  header: readonly string[],
  models: readonly Model[],
  catalog: Catalog,
  schema: string | null,
): ResolvedMapping {
  const model = models.find((one) => one.name === mapping.model)
  const known = models.map((one) => one.name)
  if (model === undefined) throw wrong(name, [`there is no model ${mapping.model}${nearestOf(mapping.model, known)}`])
  const place = model.schema ?? schema
  const table = catalog.tables.find((one) => one.name === model.table && (place === null || one.schema === place))
  if (table === undefined)
    throw wrong(name, [`the database has no table ${model.table} for model ${model.name}; apply the migrations first`])
  const problems: string[] = []
  const find = (field: string, role: string): Target[] => {
    const found = model.fields.find((one) => one.name === field)
    const column = table.columns.find((one) => one.name === found?.column)
    const names = model.fields.map((one) => one.name)
    if (found === undefined) problems.push(`${role}: ${model.name} has no field ${field} with a column${nearestOf(field, names)}`)
    else if (column === undefined) problems.push(`${role}: table ${table.name} has no column ${found.column}; apply the migrations first`)
    return found === undefined || column === undefined ? [] : [{ field: found, column }]
  }
  const columns = Object.entries(mapping.columns).flatMap(([title, one]) => {
    const options = typeof one === 'string' ? { field: one } : one
    const cell = header.indexOf(title)
    if (cell < 0) problems.push(`the file has no column "${title}"${nearestOf(title, header)}`)
    return find(options.field, `column "${title}"`).map((target) => ({ ...target, cell, header: title, options }))
  })
  const constants = Object.entries(mapping.constants).flatMap(([field, value]) =>
    find(field, 'constants').flatMap((target) => {
      try {
        return [{ ...target, value: value === null ? null : (convertCell(String(value), target.field) ?? null) }]
      } catch (error) {
        problems.push(`constants: ${field} ${error instanceof Error ? error.message : String(error)}`)
        return []
      }
    }),
  )
  const generated = Object.entries(mapping.generated).flatMap(([field, how]) => {
    if (typeof how === 'object' && 'slug' in how) find(how.slug, `generated.${field}.slug`)
    return find(field, 'generated').map((target) => ({ ...target, how: how as Generator }))
  })
  const given = [...columns, ...constants, ...generated]
  for (const { field } of given.filter((one, at) => given.findIndex((other) => other.field.name === one.field.name) < at))
    problems.push(`${field.name} is given twice`)
  const made = makeDefaults(model, table, given, problems)
  const key = resolveKey(mapping, model, [...columns, ...constants], problems)
  if (problems.length > 0) throw wrong(name, problems)
  const ignored = header.filter((title) => !Object.hasOwn(mapping.columns, title))
  return { model, table, columns, constants, generated: [...generated, ...made], key, existing: mapping.existing, ignored }
}

/** What Prisma's client would fill in, and what nothing fills. */
function makeDefaults(model: Model, table: CatalogTable, given: readonly Target[], problems: string[]): ResolvedMapping['generated'] {
  const missing = model.fields.filter((field) => !given.some((one) => one.field.name === field.name))
  return missing.flatMap((field) => {
    const column = table.columns.find((one) => one.name === field.column)
    if (column === undefined) return []
    const { clientDefault } = field
    const isFilled = field.isOptional || column.default !== null || column.generated || column.sequence !== undefined || !column.notNull
    if (clientDefault === 'uuid' || clientDefault === 'cuid' || clientDefault === 'updatedAt')
      return [{ field, column, how: clientDefault }]
    if (!isFilled) problems.push(`${model.name}.${field.name} gets no value: add it to columns, constants or generated`)
    return []
  })
}

function resolveKey(mapping: ImportMapping, model: Model, given: readonly Target[], problems: string[]): readonly Target[] {
  const names = mapping.key === undefined ? [] : [mapping.key].flat()
  const unique = [model.primaryKey, ...model.uniqueKeys]
  if (names.length > 0 && !unique.some((one) => one.length === names.length && one.every((name) => names.includes(name))))
    problems.push(
      `key: ${names.join(', ')} is no unique key of ${model.name}; it has ${unique.map((one) => one.join(' + ')).join(', ') || 'none'}`,
    )
  if (names.length === 0 && mapping.existing === 'update') problems.push('existing: update needs a key to find the rows by')
  return names.flatMap((name) => {
    const target = given.find((one) => one.field.name === name)
    if (target === undefined) problems.push(`key: ${name} must be in columns or constants`)
    return target === undefined ? [] : [target]
  })
}

function nearestOf(name: string, known: readonly string[]): string {
  return suggestNearest(name, known) || (known.length === 0 ? '' : `; it has ${known.join(', ')}`)
}

function wrong(name: string, problems: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: `imports.${name} does not fit. Nothing was changed.`,
    why: problems.join('\n'),
    next: ['Correct it in the configuration, then: the same command with --dry-run'],
  })
}
