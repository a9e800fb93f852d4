import { quoteIdentifier as quote, quoteText } from '../../../util/names.js'
import type { DatabaseProperties } from './database-file.js'

/** Settings whose value is a list of quoted names. Source: variable_is_guc_list_quote in PostgreSQL's src/fe_utils/string_utils.c. */
const LIST_SETTINGS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** `CREATE DATABASE` for an empty database with the same owner, encoding and locale. https://www.postgresql.org/docs/current/sql-createdatabase.html */
export function createEmptySql(name: string, properties: DatabaseProperties, serverMajor: number): string {
  const { provider, locale, icuRules } = properties
  const options = [
    `OWNER = ${quote(properties.owner)}`,
    'TEMPLATE = template0',
    `ENCODING = ${literal(properties.encoding)}`,
    ...(serverMajor >= 15 ? [`LOCALE_PROVIDER = ${provider}`] : []),
    `LC_COLLATE = ${literal(properties.collate)}`,
    `LC_CTYPE = ${literal(properties.ctype)}`,
    ...(provider === 'icu' && locale !== null ? [`ICU_LOCALE = ${literal(locale)}`] : []),
    ...(provider === 'builtin' && locale !== null ? [`BUILTIN_LOCALE = ${literal(locale)}`] : []),
    ...(icuRules !== null ? [`ICU_RULES = ${literal(icuRules)}`] : []),
    `TABLESPACE = ${quote(properties.tablespace)}`,
  ]
  return `CREATE DATABASE ${quote(name)} WITH ${options.join(' ')}`
}

/** `CREATE DATABASE` as a copy. `file_copy` is more than twice as fast as the default for anything but tiny databases (FACTS.md). */
export function createCopySql(name: string, template: string, owner: string, serverMajor: number): string {
  const strategy = serverMajor >= 15 ? ' STRATEGY = file_copy' : ''
  return `CREATE DATABASE ${quote(name)} WITH OWNER = ${quote(owner)} TEMPLATE = ${quote(template)}${strategy}`
}

/** Statements that give a freshly created database what `CREATE DATABASE` does not; they all work inside a transaction. */
export function propertiesSql(name: string, properties: DatabaseProperties): string[] {
  const database = quote(name)
  return [
    `ALTER DATABASE ${database} CONNECTION LIMIT ${properties.connectionLimit}`,
    `COMMENT ON DATABASE ${database} IS ${properties.comment === null ? 'NULL' : literal(properties.comment)}`,
    ...properties.settings.map((setting) => settingSql(database, setting)),
    ...grantsSql(database, properties),
    ...properties.securityLabels.map(
      ({ provider, label }) => `SECURITY LABEL FOR ${quote(provider)} ON DATABASE ${database} IS ${literal(label)}`,
    ),
  ]
}

function settingSql(database: string, setting: DatabaseProperties['settings'][number]): string {
  const subject = setting.role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${quote(setting.role)} IN DATABASE ${database}`
  const value = LIST_SETTINGS.has(setting.name.toLowerCase()) ? splitList(setting.value).map(literal).join(', ') : literal(setting.value)
  const name = setting.name.split('.').map(quote).join('.')
  return `${subject} SET ${name} TO ${value === '' ? "''" : value}`
}

// Grants by others than the owner need that role; they come last, when it has been given the right to grant.
function grantsSql(database: string, { acl, owner }: DatabaseProperties): string[] {
  if (acl === null) return []
  const grants = acl.flatMap(({ grantor, grantee, privilege, grantable }) => {
    const to = grantee === null ? 'PUBLIC' : quote(grantee)
    const grant = `GRANT ${privilege} ON DATABASE ${database} TO ${to}${grantable ? ' WITH GRANT OPTION' : ''}`
    return grantor === owner ? [grant] : [`SET LOCAL ROLE ${quote(grantor)}`, grant, 'RESET ROLE']
  })
  return [`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`, `REVOKE ALL ON DATABASE ${database} FROM ${quote(owner)}`, ...grants]
}

/** `"$user", public` → `$user`, `public`. */
function splitList(value: string): string[] {
  const parts = value.match(/"(?:[^"]|"")*"|[^,\s][^,]*/g) ?? []
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim()))
}

/** A text literal that means the same whatever `standard_conforming_strings` is. */
function literal(text: string): string {
  return text.includes('\\') ? ` E${quoteText(text.replaceAll('\\', '\\\\'))}` : quoteText(text)
}
