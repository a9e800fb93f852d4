import { readFileSync } from 'node:fs'
import { messageOf, SafeMigrateError } from '../errors.js'
import { dropComments, listSchemaFiles, readDatasource } from './schema-file.js'

/** A model of the Prisma schema, with its names in the database. */
export interface Model {
  readonly name: string
  readonly table: string
  /** As `@@schema` says; null where the connection's own schema is meant. */
  readonly schema: string | null
  /** Fields that have a column, in the order of the schema; without `Unsupported` and ignored ones. */
  readonly fields: readonly ModelField[]
  /** Field names of the primary key. */
  readonly primaryKey: readonly string[]
  /** Field names of each unique key; the primary key is not among them. */
  readonly uniqueKeys: readonly (readonly string[])[]
}

export interface ModelField {
  readonly name: string
  readonly column: string
  /** `String`, `Int`, `BigInt`, `Decimal`, `DateTime`, `Bytes`, `Json`, …, or the name of an enum. */
  readonly type: string
  readonly isList: boolean
  readonly isRequired: boolean
  /** A value that Prisma's client makes, and not the database (`cuid()`, `@updatedAt`). Null where there is none. */
  readonly clientDefault: 'uuid' | 'cuid' | 'ulid' | 'nanoid' | 'updatedAt' | null
  /** The database fills it when no value is given, or it may be empty. */
  readonly isOptional: boolean
  /** Of an enum: name in the client → value in the database. */
  readonly enumValues: ReadonlyMap<string, string> | null
}

/**
 * Reads the models with Prisma's own parser. Generators and the connection are left out: they differ from one version of Prisma to the next.
 * @throws SafeMigrateError `config` with what Prisma says is wrong
 */
export async function readModels(schemaPath: string): Promise<readonly Model[]> {
  const { get_dmmf: parse } = (await import('@prisma/prisma-schema-wasm')).default
  const { provider, schemas } = readDatasource(schemaPath)
  const datasource = `datasource db {\n  provider = ${JSON.stringify(provider)}\n${schemas.length === 0 ? '' : `  schemas = ${JSON.stringify(schemas)}\n`}}\n`
  const files = listSchemaFiles(schemaPath).map((file) => [file, withoutSettings(readFileSync(file, 'utf8'))])
  try {
    const prismaSchema = [...files, ['datasource.prisma', datasource]]
    const { datamodel } = JSON.parse(parse(JSON.stringify({ prismaSchema, noColor: true }))) as Dmmf
    const enums = new Map(datamodel.enums.map((one) => [one.name, new Map(one.values.map(({ name, dbName }) => [name, dbName ?? name]))]))
    return datamodel.models.map((model) => toModel(model, enums))
  } catch (error) {
    throw new SafeMigrateError({
      code: 'config',
      message: `The Prisma schema ${schemaPath} cannot be read.`,
      why: saidBy(error),
      next: ['Fix it; `npx prisma validate` shows the same.'],
    })
  }
}

function withoutSettings(schema: string): string {
  return dropComments(schema).replace(/^[ \t]*(?:generator|datasource)\s+\w+\s*\{[^}]*\}/gm, '')
}

function saidBy(error: unknown): string {
  try {
    return String((JSON.parse(messageOf(error)) as { message?: unknown }).message)
  } catch {
    return messageOf(error)
  }
}

/** The part of Prisma's DMMF that is read. https://github.com/prisma/prisma/blob/main/packages/dmmf/src/dmmf.ts */
interface Dmmf {
  readonly datamodel: { readonly models: readonly DmmfModel[]; readonly enums: readonly DmmfEnum[] }
}

interface DmmfModel {
  readonly name: string
  readonly dbName: string | null
  readonly schema?: string | null
  readonly fields: readonly DmmfField[]
  readonly primaryKey: { readonly fields: readonly string[] } | null
  readonly uniqueFields: readonly (readonly string[])[]
}

interface DmmfField {
  readonly name: string
  readonly dbName?: string | null
  readonly kind: 'scalar' | 'enum' | 'object'
  readonly type: string
  readonly isList: boolean
  readonly isRequired: boolean
  readonly isId: boolean
  readonly isUnique: boolean
  readonly isUpdatedAt?: boolean
  readonly hasDefaultValue: boolean
  readonly default?: unknown
}

interface DmmfEnum {
  readonly name: string
  readonly values: readonly { readonly name: string; readonly dbName: string | null }[]
}

function toModel(model: DmmfModel, enums: ReadonlyMap<string, ReadonlyMap<string, string>>): Model {
  const columns = model.fields.filter(({ kind }) => kind !== 'object')
  const ids = columns.filter(({ isId }) => isId).map(({ name }) => name)
  return {
    name: model.name,
    table: model.dbName ?? model.name,
    schema: model.schema ?? null,
    fields: columns.map((field) => toField(field, enums)),
    primaryKey: model.primaryKey?.fields ?? ids,
    uniqueKeys: [...columns.filter(({ isUnique }) => isUnique).map(({ name }) => [name]), ...model.uniqueFields],
  }
}

function toField(field: DmmfField, enums: ReadonlyMap<string, ReadonlyMap<string, string>>): ModelField {
  const clientDefault = readClientDefault(field)
  return {
    name: field.name,
    column: field.dbName ?? field.name,
    type: field.type,
    isList: field.isList,
    isRequired: field.isRequired,
    clientDefault,
    isOptional: !field.isRequired || (field.hasDefaultValue && clientDefault === null),
    enumValues: field.kind === 'enum' ? (enums.get(field.type) ?? new Map()) : null,
  }
}

// https://www.prisma.io/docs/orm/reference/prisma-schema-reference#attribute-functions
function readClientDefault({ isUpdatedAt, default: value }: DmmfField): ModelField['clientDefault'] {
  const name = typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : ''
  const made = (['uuid', 'cuid', 'ulid', 'nanoid'] as const).find((one) => one === name)
  return made ?? (isUpdatedAt === true ? 'updatedAt' : null)
}
