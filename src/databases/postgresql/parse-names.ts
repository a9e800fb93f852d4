import type { Node, RangeVar, TypeName } from 'libpg-query'
import { type ObjectName, TEMPORARY_SCHEMA } from '../../sql/change.js'

export function readRangeVar(relation: RangeVar | undefined): ObjectName {
  return { schema: relation?.schemaname ?? null, name: relation?.relname ?? '' }
}

export function isTemporary(relation: RangeVar | undefined): boolean {
  return relation?.relpersistence === 't' || relation?.schemaname === TEMPORARY_SCHEMA
}

/** The parts of a dotted name, however the tree wraps it. */
export function readNameParts(node: Node | undefined): readonly string[] {
  if (node === undefined) return []
  if ('String' in node) return [node.String.sval ?? '']
  if ('List' in node) return (node.List.items ?? []).flatMap(readNameParts)
  if ('TypeName' in node) return (node.TypeName.names ?? []).flatMap(readNameParts)
  if ('ObjectWithArgs' in node) return (node.ObjectWithArgs.objname ?? []).flatMap(readNameParts)
  if ('RangeVar' in node) return [node.RangeVar.schemaname, node.RangeVar.relname].filter((part) => part !== undefined)
  return []
}

export function readName(nodes: readonly Node[] | undefined): ObjectName {
  return nameOfParts((nodes ?? []).flatMap(readNameParts))
}

export function nameOfParts(parts: readonly string[]): ObjectName {
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' }
}

export function readStrings(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []))
}

/** The grammar's internal names (`pg_catalog.int4`), as `format_type` prints them. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  varchar: 'character varying',
  bpchar: 'character',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  varbit: 'bit varying',
  decimal: 'numeric',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
  smallserial: 'smallint',
  serial2: 'smallint',
}

/** Types whose modifier stands inside their name: `timestamp(3) without time zone`. */
const INNER_MODIFIER = /^(timestamp|time)( with(?:out)? time zone)$/

/** The type as `format_type` prints it in the catalog: `numeric(10,2)`, `timestamp(3) without time zone`, `"Role"`, `text[]`. */
export function readType(type: TypeName | undefined): string {
  const parts = (type?.names ?? []).flatMap(readNameParts)
  const last = parts.at(-1) ?? ''
  const builtIn = parts.length === 1 || parts[0] === 'pg_catalog' ? TYPE_NAMES[last] : undefined
  const name = builtIn ?? (parts[0] === 'pg_catalog' ? last : parts.map(quoteIfNeeded).join('.'))
  const modifiers = (type?.typmods ?? []).flatMap(readInteger)
  const isImplicitOne = (name === 'character' || name === 'bit') && modifiers.join() === '1' && parts[0] === 'pg_catalog'
  if (name === 'interval') return `${readInterval(modifiers)}${(type?.arrayBounds ?? []).length > 0 ? '[]' : ''}`
  const modifier = modifiers.length === 0 ? '' : `(${modifiers.join(',')})`
  const inner = INNER_MODIFIER.exec(name)
  const array = (type?.arrayBounds ?? []).length > 0 ? '[]' : ''
  if (inner !== null) return `${inner[1]}${modifier}${inner[2]}${array}`
  return `${name}${isImplicitOne ? '(1)' : modifier}${array}`
}

/** Its first modifier is a set of bits, one a field. https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/timestamp.h */
function readInterval([fields, precision]: readonly string[]): string {
  const names = INTERVAL_FIELDS.filter(([bit]) => fields !== undefined && Number(fields) !== ALL_FIELDS && (Number(fields) & bit) !== 0)
  const [first, last] = [names[0]?.[1], names.at(-1)?.[1]]
  const range = first === undefined ? '' : first === last ? ` ${first}` : ` ${first} to ${last}`
  return `interval${range}${precision === undefined ? '' : `(${precision})`}`
}

const ALL_FIELDS = 0x7fff
const INTERVAL_FIELDS = [
  [1 << 2, 'year'],
  [1 << 1, 'month'],
  [1 << 3, 'day'],
  [1 << 10, 'hour'],
  [1 << 11, 'minute'],
  [1 << 12, 'second'],
] as const

/** Whether the type fills the column by itself. */
export function isSerial(type: TypeName | undefined): boolean {
  return /^(small|big)?serial[248]?$/.test((type?.names ?? []).flatMap(readNameParts).join('.'))
}

function readInteger(node: Node): readonly string[] {
  if (!('A_Const' in node)) return []
  const constant = node.A_Const
  return constant.ival === undefined ? [] : [String(constant.ival.ival ?? 0)]
}

function quoteIfNeeded(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteName(name)
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
