import type { SchemaValue } from './schema-file.js'

/** What a prisma.config file says of where things are, as it is written there. */
export interface ConfigLiteral {
  readonly schema: string | null
  readonly migrations: string | null
  /** Null when the file holds anything of which only running it can tell what it means for the connection. */
  readonly datasource: DatasourceLiteral | null
}

export interface DatasourceLiteral {
  readonly url: SchemaValue
  readonly shadowUrl: SchemaValue | null
  /** The file begins by reading `.env` into the environment. */
  readonly importsDotenv: boolean
}

// Every top-level setting that Prisma 6 and 7 know. One that is not known may mean anything.
const KNOWN = [
  'experimental',
  'engine',
  'adapter',
  'datasource',
  'schema',
  'studio',
  'migrations',
  'tables',
  'enums',
  'views',
  'typedSql',
  'earlyAccess',
]
// What stands before and after the object, when nothing but the object says where the schema and the migrations are.
const IMPORT = /import[^;()'"]*?(?:'[^'\n]*'|"[^"\n]*");?/
const HEAD = new RegExp(`^(?:${IMPORT.source})*exportdefault(?:defineConfig\\()?$`)
const DEFINE_CONFIG = /^import\{(?:\w+,)*defineConfig(?:,\w+)*,?\}from['"]@?prisma\/config['"];?$/
// The only imports that a file may have whose connection is read: none of them runs code of the user's.
const IMPORT_TYPE = /^importtype\{[\w,]*\}from/
const IMPORT_DOTENV = /^import['"]dotenv\/config['"];?$/
const ENV = /^import\{(?:\w+,)*env(?:,\w+)*,?\}from['"]@?prisma\/config['"];?$/
const TAIL = /^\)?(?:satisfiesPrismaConfig)?;?$/

/**
 * Reads a configuration without running it, which takes Prisma's own loader most of a second: only one that is a plain object literal with
 * plain texts for both paths. Null for every other; then the loader has to tell.
 */
export function readConfigLiteral(source: string): ConfigLiteral | null {
  const tokens = tokenize(source)
  if (tokens === null) return null
  const start = tokens.findIndex((token, index) => token === '{' && (tokens[index - 1] === 'default' || tokens[index - 1] === '('))
  const end = start === -1 ? -1 : closing(tokens, start)
  if (end === -1 || !isHead(tokens.slice(0, start).join('')) || !TAIL.test(tokens.slice(end + 1).join(''))) return null
  const settings = readObject(tokens.slice(start, end + 1))
  if (settings === null || [...settings.keys()].some((key) => !KNOWN.includes(key))) return null
  const schema = readText(settings.get('schema'))
  const inside = settings.get('migrations')
  const migrations = inside === undefined ? null : readObject(inside)
  if (schema === undefined || (inside !== undefined && migrations === null)) return null
  const path = readText(migrations?.get('path'))
  const imports = tokens.slice(0, start).join('').match(new RegExp(IMPORT, 'g')) ?? []
  return path === undefined ? null : { schema, migrations: path, datasource: readDatasource(imports, settings, migrations) }
}

function readDatasource(imports: readonly string[], settings: Values, migrations: Values | null): DatasourceLiteral | null {
  const isPlain = [...settings.keys()].every((key) => ['schema', 'migrations', 'datasource'].includes(key))
  const isText = [...(migrations?.values() ?? [])].every((value) => typeof readText(value) === 'string')
  const isKnown = imports.every((one) => DEFINE_CONFIG.test(one) || ENV.test(one) || IMPORT_TYPE.test(one) || IMPORT_DOTENV.test(one))
  const datasource = readObject(settings.get('datasource') ?? [])
  if (!isPlain || !isText || !isKnown || datasource === null) return null
  if ([...datasource.keys()].some((key) => key !== 'url' && key !== 'shadowDatabaseUrl')) return null
  const hasEnv = imports.some((one) => ENV.test(one))
  const url = readValue(datasource.get('url'), hasEnv)
  const shadowUrl = datasource.has('shadowDatabaseUrl') ? readValue(datasource.get('shadowDatabaseUrl'), hasEnv) : null
  if (url === null || (shadowUrl === null && datasource.has('shadowDatabaseUrl'))) return null
  return { url, shadowUrl, importsDotenv: imports.some((one) => IMPORT_DOTENV.test(one)) }
}

/** Null for everything but a plain text, `env('X')`, `process.env.X` and `process.env['X']`. */
function readValue(tokens: readonly string[] | undefined, hasEnv: boolean): SchemaValue | null {
  const text = readText(tokens)
  if (typeof text === 'string') return { literal: text }
  const written = (tokens ?? []).join('')
  const [, inEnv, inProcess] = /^(?:env\(['"](\w+)['"]\)|process\.env(?:\.|\[['"])(\w+)(?:['"]\])?!?)$/.exec(written) ?? []
  if (inEnv !== undefined) return hasEnv ? { variable: inEnv } : null
  return inProcess === undefined ? null : { variable: inProcess }
}

type Values = ReadonlyMap<string, readonly string[]>

function isHead(head: string): boolean {
  const imports = head.match(new RegExp(IMPORT, 'g')) ?? []
  return HEAD.test(head) && imports.filter((one) => one.includes('defineConfig')).every((one) => DEFINE_CONFIG.test(one))
}

/** Words, texts with their quotes, and signs; null where it takes more to tell where a text or comment ends. */
function tokenize(source: string): readonly string[] | null {
  const pattern = /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`\\$]*`|[\w$]+|[^\s\w$'"`/]/y
  const tokens: string[] = []
  while (pattern.lastIndex < source.length) {
    const [token] = pattern.exec(source) ?? []
    if (token === undefined) return null
    if (!/^(?:\s|\/\/|\/\*)/.test(token)) tokens.push(token)
  }
  return tokens
}

/** The bracket that closes the one at `start`; -1 when there is none. */
function closing(tokens: readonly string[], start: number): number {
  let depth = 0
  return tokens.findIndex((token, index) => {
    if (index < start) return false
    if ('{[('.includes(token)) depth++
    if ('}])'.includes(token)) depth--
    return depth === 0
  })
}

/** The values of an object literal by key; null when it has more than `key: value`: a spread, a method, a computed key, a key twice. */
function readObject(tokens: readonly string[]): Values | null {
  if (tokens[0] !== '{' || closing(tokens, 0) !== tokens.length - 1) return null
  const values = new Map<string, readonly string[]>()
  for (let index = 1; index < tokens.length - 1; ) {
    const [key = '', colon] = [tokens[index], tokens[index + 1]]
    if (!/^(?:[A-Za-z_$][\w$]*|'\w+'|"\w+")$/.test(key) || colon !== ':') return null
    let end = index + 2
    while (end < tokens.length - 1 && tokens[end] !== ',') {
      const close = '{[('.includes(tokens[end] ?? '') ? closing(tokens, end) : end
      if (close === -1) return null
      end = close + 1
    }
    const name = key.replace(/['"]/g, '')
    if (values.has(name)) return null
    values.set(name, tokens.slice(index + 2, end))
    index = end + 1
  }
  return values
}

/** Null when there is no value, undefined when it is anything but one plain text. */
function readText(tokens: readonly string[] | undefined): string | null | undefined {
  if (tokens === undefined) return null
  const [text, ...more] = tokens
  return more.length === 0 && text !== undefined && /^(['"`])[^\\]*\1$/.test(text) ? text.slice(1, -1) : undefined
}
