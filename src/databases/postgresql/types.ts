import { isUserSchema } from './catalog-sql.js'

/** Groups of types whose values are digested and compared alike. Everything that is not named here goes through its text form. */
export type Family =
  | 'integer'
  | 'numeric'
  | 'float4'
  | 'float8'
  | 'text'
  | 'timestamp'
  | 'timestamptz'
  | 'date'
  | 'time'
  | 'timetz'
  | 'bool'
  | 'uuid'
  | 'jsonb'
  | 'json'
  | 'bytea'
  | 'oid'
  | 'other'

const FAMILIES: Readonly<Record<string, Family>> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'numeric',
  float4: 'float4',
  float8: 'float8',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  name: 'text',
  citext: 'text',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  date: 'date',
  time: 'time',
  timetz: 'timetz',
  bool: 'bool',
  uuid: 'uuid',
  jsonb: 'jsonb',
  json: 'json',
  bytea: 'bytea',
  oid: 'oid',
}

/** `typeName` is pg_type.typname of the type under all domains, `kind` its typtype. An enum is its labels: its own OID changes when Prisma recreates it. */
export function familyOf(typeName: string, kind: string): Family {
  if (kind === 'e') return 'text'
  if (kind === 'b') return FAMILIES[typeName] ?? (/^reg[a-z]+$/.test(typeName) ? 'oid' : 'other')
  return 'other'
}

/** A family written by `ColumnFingerprint.digestedAs`; `other` when it is not known. */
export function readFamily(text: string | undefined): Family {
  const known = Object.values(FAMILIES).find((family) => family === text)
  return known ?? 'other'
}

/** SQL: the columns of every table, with the type that lies under domains. Needs no search path. */
export const COLUMNS_WITH_TYPES = `
SELECT a.attrelid AS table_id, a.attnum AS id, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attgenerated <> '' AS generated,
       base.typname AS base_type, base.typtype::text AS base_kind,
       a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum]) AS not_null
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
  WITH RECURSIVE resolved AS (
    SELECT t.typname, t.typtype, t.typbasetype FROM pg_type t WHERE t.oid = a.atttypid
    UNION ALL
    SELECT t.typname, t.typtype, t.typbasetype FROM resolved r JOIN pg_type t ON t.oid = r.typbasetype WHERE r.typtype = 'd'
  )
  SELECT typname, typtype FROM resolved WHERE typtype <> 'd'
) base
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${isUserSchema('n.nspname')} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`
