import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { SafeMigrateError } from '../errors.js'

/** A datasource property: a literal, or the name of an environment variable. */
export type SchemaValue = { readonly literal: string } | { readonly variable: string }

/** The `datasource` block of a Prisma schema. */
export interface Datasource {
  /** Absolute path of the file that holds the block. */
  readonly file: string
  readonly provider: string
  readonly url: SchemaValue | null
  readonly directUrl: SchemaValue | null
  readonly shadowDatabaseUrl: SchemaValue | null
  readonly schemas: readonly string[]
}

/** The files of a schema: the file itself, or every .prisma file below the folder, sorted. */
export function listSchemaFiles(schemaPath: string): string[] {
  if (!statSync(schemaPath).isDirectory()) return [schemaPath]
  return readdirSync(schemaPath, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.prisma'))
    .map((name) => path.join(schemaPath, name))
    .sort()
}

/**
 * Reads the datasource block. Only this block is read: models are Prisma's business.
 * @throws SafeMigrateError `config` when there is none, or it has no provider
 */
export function readDatasource(schemaPath: string): Datasource {
  for (const file of listSchemaFiles(schemaPath)) {
    const block = findBlock(readFileSync(file, 'utf8'))
    if (block === null) continue
    const { values, schemas } = block
    const provider = values.get('provider')
    if (provider === undefined || !('literal' in provider)) break
    return {
      file,
      provider: provider.literal,
      url: values.get('url') ?? null,
      directUrl: values.get('directUrl') ?? null,
      shadowDatabaseUrl: values.get('shadowDatabaseUrl') ?? null,
      schemas,
    }
  }
  throw new SafeMigrateError({
    code: 'config',
    message: `No datasource block with a provider in ${schemaPath}.`,
    next: ['Add one, for example: datasource db { provider = "postgresql" }'],
  })
}

/** Finds the default schema as Prisma does: schema.prisma, then prisma/schema.prisma. */
export function findDefaultSchema(folder: string): string | null {
  return [path.join(folder, 'schema.prisma'), path.join(folder, 'prisma', 'schema.prisma')].find((file) => existsSync(file)) ?? null
}

// https://www.prisma.io/docs/orm/reference/prisma-schema-reference#datasource
function findBlock(schema: string): { readonly values: Map<string, SchemaValue>; readonly schemas: readonly string[] } | null {
  const text = dropComments(schema)
  const body = /(?:^|\n)\s*datasource\s+\w+\s*\{([^}]*)\}/.exec(text)?.[1]
  if (body === undefined) return null
  const values = new Map<string, SchemaValue>()
  for (const [, key = '', variable, literal] of body.matchAll(/(\w+)\s*=\s*(?:env\(\s*("(?:[^"\\]|\\.)*")\s*\)|("(?:[^"\\]|\\.)*"))/g)) {
    if (variable !== undefined) values.set(key, { variable: unquote(variable) })
    else if (literal !== undefined) values.set(key, { literal: unquote(literal) })
  }
  const list = /\bschemas\s*=\s*\[([^\]]*)\]/.exec(body)?.[1] ?? ''
  return { values, schemas: (list.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map(unquote) }
}

// A `//` inside a string (a URL) is no comment, a quote inside a comment is no string, and a brace in a string ends no block.
export function dropComments(schema: string): string {
  return schema.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*/g, (match) =>
    match.startsWith('//') ? '' : match.replaceAll('{', '\\u007b').replaceAll('}', '\\u007d'),
  )
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted.slice(1, -1)
  }
}
