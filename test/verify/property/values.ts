import type { DatabaseId } from '../../../src/databases/database.js'
import type { Random } from './random.js'

/** Types as Prisma writes them, those of keys first. */
const TYPES: Readonly<Record<DatabaseId, readonly string[]>> = {
  postgresql: [
    'INTEGER',
    'BIGINT',
    'TEXT',
    'VARCHAR(40)',
    'UUID',
    'SMALLINT',
    'VARCHAR(8)',
    'CHAR(5)',
    'DECIMAL(10,2)',
    'DECIMAL(65,30)',
    'REAL',
    'DOUBLE PRECISION',
    'BOOLEAN',
    'TIMESTAMP(3)',
    'TIMESTAMP(6)',
    'TIMESTAMPTZ(3)',
    'DATE',
    'TIME(3)',
    'JSON',
    'JSONB',
    'BYTEA',
    'TEXT[]',
    'INTEGER[]',
    'TEXT',
    'INTEGER',
    'INTERVAL',
  ],
  sqlite: ['INTEGER', 'BIGINT', 'TEXT', 'REAL', 'DECIMAL', 'BOOLEAN', 'DATETIME', 'JSONB', 'BLOB', 'TEXT', 'INTEGER'],
}

const TEXTS = [
  '',
  'a',
  'b',
  'abc',
  'ABC',
  ' lead',
  'trail  ',
  '007',
  '7',
  '12',
  '-5',
  '1.50',
  "it''s",
  'zwölf',
  '日本',
  '🙂 é',
  'null',
  'true',
  'x\ty',
  'a\\b',
  'longer than eight',
  'new',
]
const DATES = ['2024-01-01', '2024-02-29', '1999-12-31', '0001-01-01', '9999-12-31']
const TIMES = ['00:00:00', '12:34:56.789', '23:59:59.999', '10:00:00.1']

export function typesOf(database: DatabaseId): readonly string[] {
  return TYPES[database]
}

export function keyTypes(database: DatabaseId): readonly string[] {
  return TYPES[database].slice(0, database === 'sqlite' ? 3 : 5)
}

/** A literal of the type; `enums` for the user's own types. */
export function literal(random: Random, type: string, enums: Readonly<Record<string, readonly string[]>>, database: DatabaseId): string {
  const values = enums[type.replaceAll('"', '')]
  if (values !== undefined) return `'${random.pick(values)}'`
  return database === 'sqlite' ? sqliteLiteral(random, type) : postgresqlLiteral(random, type)
}

const text = (value: string): string => `'${value}'`
const uuid = (random: Random): string => `'00000000-0000-4000-8000-${String(random.int(40)).padStart(12, '0')}'`

function postgresqlLiteral(random: Random, type: string): string {
  const base = type.replace(/\(.*/, '')
  switch (base) {
    case 'SMALLINT':
      return String(random.pick([0, 1, 2, 7, -32768, 32767]))
    case 'INTEGER':
      return String(random.pick([0, 1, 2, 3, 7, -1, 2147483647, -2147483648, 16777217, random.int(100)]))
    case 'BIGINT':
      return random.pick(['0', '1', '2', '5', '9223372036854775807', '-9223372036854775808', '9007199254740993', String(random.int(100))])
    case 'DECIMAL':
      return type.endsWith('30)')
        ? random.pick(['0', '1.5', '0.1', '123456789012345678.000000000000000001', '7', '-2.50'])
        : random.pick(['0', '1.5', '1.55', '99999999.99', '-0.01', '7', '10.00'])
    case 'REAL':
      return random.pick(['0', '1.5', '0.1', '16777216', '-3.25', "'NaN'", "'Infinity'", '1e30'])
    case 'DOUBLE PRECISION':
      return random.pick(['0', '1.5', '0.1', '9007199254740992', "'NaN'", "'-Infinity'", '1e300', '0.30000000000000004'])
    case 'BOOLEAN':
      return random.pick(['true', 'false'])
    case 'TIMESTAMP':
    case 'TIMESTAMPTZ': {
      const fraction = type === 'TIMESTAMP(6)' ? random.pick(['', '.123456', '.1']) : random.pick(['', '.123', '.9'])
      return `'${random.pick(DATES.slice(0, 3))} ${random.pick(['00:00:00', '12:34:56', '23:59:59'])}${fraction}${type.startsWith('TIMESTAMPTZ') ? random.pick(['Z', '+02']) : ''}'`
    }
    case 'DATE':
      return text(random.pick(DATES))
    case 'TIME':
      return text(random.pick(TIMES))
    case 'JSON':
      return random.pick([`'{"a":1,"b":[1,2]}'`, `'{"b":1, "a":2}'`, `'{"a":1,"a":2}'`, `'null'`, `'[]'`, `'"x"'`])
    case 'JSONB':
      return random.pick([`'{"a":1}'`, `'{"b":1,"a":null}'`, `'null'`, `'[]'`, `'"x"'`, `'1.0'`])
    case 'BYTEA':
      return random.pick([`'\\x00ff'`, `'\\x'`, `'\\x6162'`])
    case 'UUID':
      return uuid(random)
    case 'TEXT[]':
      return random.pick([`'{}'`, `'{a,b}'`, `'{a,NULL,""}'`, `'{"x,y"}'`])
    case 'INTEGER[]':
      return random.pick([`'{}'`, `'{1,2}'`, `'{2,1}'`, `'{NULL}'`])
    case 'INTERVAL':
      return random.pick([`'1 day'`, `'24 hours'`, `'1 mon'`, `'30 days'`])
    case 'VARCHAR':
    case 'CHAR': {
      const most = Number(/\d+/.exec(type)?.[0] ?? 1)
      return text(random.pick(TEXTS.filter((one) => one.replace("''", "'").length <= most)))
    }
    default:
      return text(random.pick(TEXTS))
  }
}

function sqliteLiteral(random: Random, type: string): string {
  switch (type) {
    case 'INTEGER':
      return random.pick(['0', '1', '2', '3', '-1', '2147483648', '9007199254740993', String(random.int(100))])
    case 'BIGINT':
      return random.pick(['0', '1', '5', '9223372036854775807', '-9223372036854775808', String(random.int(100))])
    case 'REAL':
    case 'DECIMAL':
      return random.pick(['0', '1.5', '0.1', '-2.25', '7', '0.30000000000000004', '1e20'])
    case 'BOOLEAN':
      return random.pick(['0', '1', 'true', 'false'])
    case 'DATETIME':
      return random.pick(['1700000000000', "'2024-01-01T00:00:00.000+00:00'", "'2024-02-29 12:00:00'"])
    case 'JSONB':
      return random.pick([`'{"a":1}'`, `'[]'`, `'null'`])
    case 'BLOB':
      return random.pick([`x'00ff'`, `x''`, `x'6162'`])
    default:
      return text(random.pick(TEXTS))
  }
}

/** Of another type, which SQLite keeps all the same. */
export function oddLiteral(random: Random): string {
  return random.pick(["'12'", "'x'", '1.5', "x'00ff'", '7'])
}

/** The nth of many different ones, for keys. */
export function keyLiteral(type: string, position: number): string {
  if (type === 'UUID') return `'00000000-0000-4000-8000-${String(position).padStart(12, '0')}'`
  if (type.startsWith('TEXT') || type.startsWith('VARCHAR'))
    return position === 3 ? `''` : `'k${position}${position % 4 === 0 ? ' ü' : ''}'`
  return String(position + 1)
}
