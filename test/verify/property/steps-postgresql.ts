import { type ColumnModel, createEnum, defineColumn, quote, quoteAll, type Step } from './model.js'
import { type MakeStep, plainColumns, replaceColumn, replaceTable, type Situation } from './steps.js'
import { condition } from './steps-write.js'
import { literal } from './values.js'

/** Types to go to, with USING where the database wants one. `$` is the column. */
const CONVERSIONS: Readonly<Record<string, readonly (readonly [string, string?])[]>> = {
  SMALLINT: [['INTEGER'], ['BIGINT'], ['TEXT'], ['DECIMAL(10,2)'], ['REAL']],
  INTEGER: [
    ['BIGINT'],
    ['SMALLINT'],
    ['TEXT'],
    ['REAL'],
    ['DOUBLE PRECISION'],
    ['DECIMAL(12,2)'],
    ['DECIMAL(5,1)'],
    ['BOOLEAN', '$::int::boolean'],
    ['INTEGER', '0'],
  ],
  BIGINT: [['INTEGER'], ['DOUBLE PRECISION'], ['REAL'], ['TEXT'], ['DECIMAL(30,0)']],
  'DECIMAL(10,2)': [['DECIMAL(10,1)'], ['DECIMAL(20,4)'], ['DECIMAL(10,0)'], ['INTEGER'], ['DOUBLE PRECISION'], ['REAL'], ['TEXT']],
  'DECIMAL(65,30)': [['DECIMAL(65,10)'], ['DOUBLE PRECISION'], ['TEXT']],
  REAL: [['DOUBLE PRECISION'], ['DECIMAL(20,2)'], ['TEXT'], ['INTEGER']],
  'DOUBLE PRECISION': [['REAL'], ['DECIMAL(20,2)'], ['TEXT'], ['INTEGER']],
  TEXT: [
    ['VARCHAR(5)'],
    ['VARCHAR(5)', '$::varchar(5)'],
    ['VARCHAR(40)'],
    ['CHAR(20)'],
    ['INTEGER', '$::integer'],
    ['TEXT', 'left($, 2)'],
    ['TEXT', 'upper($)'],
    ['JSONB', 'to_jsonb($)'],
    ['BYTEA', "convert_to($, 'UTF8')"],
    ['TEXT', "CASE $ WHEN 'a' THEN 'b' ELSE $ END"],
  ],
  'VARCHAR(40)': [['VARCHAR(80)'], ['VARCHAR(5)'], ['VARCHAR(5)', '$::varchar(5)'], ['TEXT'], ['CHAR(40)'], ['TEXT', 'trim($)']],
  'VARCHAR(8)': [['VARCHAR(3)'], ['TEXT'], ['CHAR(8)'], ['VARCHAR(8)', 'lower($)']],
  'CHAR(5)': [['CHAR(10)'], ['TEXT'], ['VARCHAR(5)'], ['CHAR(2)']],
  BOOLEAN: [['TEXT'], ['INTEGER', '$::int'], ['BOOLEAN', 'NOT $']],
  'TIMESTAMP(3)': [['TIMESTAMP(6)'], ['TIMESTAMP(0)'], ['DATE'], ['TIME(3)'], ['TIMESTAMPTZ(3)'], ['TEXT']],
  'TIMESTAMP(6)': [['TIMESTAMP(3)'], ['TIMESTAMPTZ(6)'], ['DATE'], ['TEXT']],
  'TIMESTAMPTZ(3)': [['TIMESTAMPTZ(6)'], ['TIMESTAMPTZ(0)'], ['TIMESTAMP(3)'], ['DATE'], ['TIMETZ(3)']],
  DATE: [['TIMESTAMP(3)'], ['TEXT'], ['TIMESTAMPTZ(3)']],
  'TIME(3)': [['TIME(0)'], ['TIME(6)'], ['TEXT']],
  JSON: [['JSONB'], ['TEXT']],
  JSONB: [['JSON'], ['TEXT'], ['JSONB', "'{}'"]],
  BYTEA: [['TEXT', "encode($, 'hex')"]],
  UUID: [['TEXT'], ['VARCHAR(36)'], ['VARCHAR(10)']],
  'TEXT[]': [['TEXT', '$[1]'], ['TEXT'], ['VARCHAR(3)[]']],
  'INTEGER[]': [['BIGINT[]'], ['INTEGER', '$[1]'], ['TEXT']],
  INTERVAL: [['TEXT'], ['INTERVAL(0)']],
}

const alterType: MakeStep = (situation, table) => {
  const { random } = situation
  const column = random.pick(random.chance(0.8) && plainColumns(table).length > 0 ? plainColumns(table) : table.columns)
  const conversions = CONVERSIONS[column.type] ?? [['TEXT', `${'$'}::text`]]
  const [type, using] = random.pick(conversions)
  const name = quote(column.name)
  const expression =
    using === undefined ? (random.chance(0.3) ? ` USING ${name}::${type}` : '') : ` USING ${using.replaceAll('$', () => name)}`
  const prefix = column.default === undefined ? '' : `ALTER COLUMN ${name} DROP DEFAULT, `
  replaceTable(situation, table, replaceColumn(table, column, { name: column.name, type, nullable: column.nullable }))
  const sql = `ALTER TABLE ${quote(table.name)} ${prefix}ALTER COLUMN ${name} ${random.pick(['TYPE', 'SET DATA TYPE'])} ${type}${expression}`
  return [...(random.chance(0.1) ? [{ sql: `SET TimeZone = 'Europe/Berlin'` }] : []), { sql }]
}

const setNotNull: MakeStep = (situation, table) => {
  const columns = table.columns.filter((column) => column.nullable)
  if (columns.length === 0) return null
  const column = situation.random.pick(columns)
  const alter = { sql: `ALTER TABLE ${quote(table.name)} ALTER COLUMN ${quote(column.name)} SET NOT NULL` }
  if (situation.random.chance(0.4)) return [alter]
  const value = literal(situation.random, column.type, situation.model.enums, situation.database)
  return [{ sql: `UPDATE ${quote(table.name)} SET ${quote(column.name)} = ${value} WHERE ${quote(column.name)} IS NULL` }, alter]
}

/** As Prisma writes it, sometimes with an UPDATE or a CASE that a person put in. */
const recreateEnum: MakeStep = (situation) => {
  const { random, model } = situation
  const name = random.pick(Object.keys(model.enums))
  const values = model.enums[name] ?? []
  const gone = random.chance(0.7) ? random.pick(values) : null
  const kept = values.filter((value) => value !== gone)
  const next = random.chance(0.5) ? [...kept, 'extra'] : kept
  if (next.length === 0) return null
  const uses = model.tables.flatMap((table) =>
    table.columns.filter((column) => column.type === quote(name)).map((column) => ({ table, column })),
  )
  const merges = gone !== null && random.chance(0.5)
  const useCase = random.chance(0.5)
  const alters = uses.map(({ table, column }) => {
    const cast =
      merges && useCase
        ? `(CASE ${quote(column.name)}::text WHEN '${gone}' THEN '${next[0]}' ELSE ${quote(column.name)}::text END)::"${name}_new"`
        : `(${quote(column.name)}::text::"${name}_new")`
    return { sql: `ALTER TABLE ${quote(table.name)} ALTER COLUMN ${quote(column.name)} TYPE "${name}_new" USING ${cast}` }
  })
  const defaults = uses.filter(({ column }) => column.default !== undefined)
  const defaultOf = (column: ColumnModel) => (column.default === `'${gone}'` ? `'${next[0]}'` : column.default)
  situation.model = { ...model, enums: { ...model.enums, [name]: next } }
  return [
    ...(merges && !useCase
      ? uses.map(({ table, column }) => ({
          sql: `UPDATE ${quote(table.name)} SET ${quote(column.name)} = '${next[0]}' WHERE ${quote(column.name)} = '${gone}'`,
        }))
      : []),
    { sql: 'BEGIN' },
    { sql: createEnum(`${name}_new`, next) },
    ...defaults.map(({ table, column }) => ({ sql: `ALTER TABLE ${quote(table.name)} ALTER COLUMN ${quote(column.name)} DROP DEFAULT` })),
    ...alters,
    { sql: `ALTER TYPE "${name}" RENAME TO "${name}_old"` },
    { sql: `ALTER TYPE "${name}_new" RENAME TO "${name}"` },
    { sql: `DROP TYPE "${name}_old"` },
    ...defaults.map(({ table, column }) => ({
      sql: `ALTER TABLE ${quote(table.name)} ALTER COLUMN ${quote(column.name)} SET DEFAULT ${defaultOf(column)}`,
    })),
    { sql: 'COMMIT' },
  ]
}

const dropType: MakeStep = (situation) => {
  const name = situation.random.pick(Object.keys(situation.model.enums))
  const { model } = situation
  const drops = model.tables.flatMap((table) =>
    table.columns.filter((column) => column.type === quote(name)).map((column) => ({ table: table.name, column: column.name })),
  )
  const { [name]: _gone, ...enums } = model.enums
  if (Object.keys(enums).length === 0) return null
  situation.model = {
    enums,
    tables: model.tables.map((table) => ({ ...table, columns: table.columns.filter((column) => column.type !== quote(name)) })),
  }
  return [{ sql: `DROP TYPE ${quote(name)} CASCADE`, drops }]
}

const check: MakeStep = (situation, table) => [
  {
    sql: `ALTER TABLE ${quote(table.name)} ADD CONSTRAINT c${situation.random.int(1000)} CHECK (${condition(situation, { ...table, foreignKeys: [] })})`,
  },
]

const truncate: MakeStep = ({ random }, table) => [
  { sql: `TRUNCATE ${quote(table.name)}${random.pick(['', ' CASCADE', ' RESTART IDENTITY CASCADE'])}` },
]

const dropAndAddColumn: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const columns = plainColumns(table)
  if (columns.length === 0) return null
  const column = random.pick(columns)
  const value = literal(random, column.type, model.enums, database)
  const next = {
    name: column.name,
    type: column.type,
    nullable: true,
    ...(random.chance(0.5) && !column.type.endsWith('[]') ? { default: value } : {}),
  }
  replaceTable(situation, table, replaceColumn(table, column, next))
  return [{ sql: `ALTER TABLE ${quote(table.name)} DROP COLUMN ${quote(column.name)}, ADD COLUMN ${defineColumn(next)}` }]
}

const renameByDropAndAdd: MakeStep = (situation, table) => {
  const columns = plainColumns(table)
  if (columns.length === 0) return null
  const column = situation.random.pick(columns)
  const next = { ...column, name: `${column.name}2`, nullable: true }
  replaceTable(situation, table, replaceColumn(table, column, next))
  return [
    {
      sql: `ALTER TABLE ${quote(table.name)} DROP COLUMN ${quote(column.name)},\nADD COLUMN ${defineColumn(next)}`,
      drops: [{ table: table.name, column: column.name }],
    },
  ]
}

const partition: MakeStep = (situation, table) => {
  const [first, second] = table.partitions
  if (first === undefined || second === undefined) return null
  replaceTable(situation, table, { ...table, partitions: [second] })
  const detach = { sql: `ALTER TABLE ${quote(table.name)} DETACH PARTITION ${quote(first[0])}` }
  if (situation.random.chance(0.3)) return [{ sql: `DROP TABLE ${quote(first[0])}` }]
  return situation.random.chance(0.4) ? [detach, { sql: `DROP TABLE ${quote(first[0])}` }] : [detach]
}

const attach: MakeStep = (situation, table) => {
  if (table.partitions.length === 0) return null
  const columns = table.columns.map((column) => quote(column.name)).join(', ')
  return [
    { sql: `CREATE TABLE ${quote(`${table.name}_more`)} (LIKE ${quote(table.name)} INCLUDING ALL)` },
    ...(situation.random.chance(0.5)
      ? [{ sql: `INSERT INTO ${quote(`${table.name}_more`)} (${columns}) SELECT ${columns} FROM ${quote(table.name)} WHERE false` }]
      : []),
    { sql: `ALTER TABLE ${quote(table.name)} ATTACH PARTITION ${quote(`${table.name}_more`)} FOR VALUES FROM (2000) TO (3000)` },
  ]
}

const foreignKey: MakeStep = (situation, table) => {
  const { random } = situation
  const [key] = table.foreignKeys
  if (key === undefined) return null
  const drop: Step = { sql: `ALTER TABLE ${quote(table.name)} DROP CONSTRAINT ${quote(key.name)}` }
  if (random.chance(0.3)) {
    replaceTable(situation, table, { ...table, foreignKeys: [] })
    return [drop]
  }
  const next = { ...key, onDelete: random.pick(['CASCADE', 'SET NULL', 'RESTRICT'] as const) }
  replaceTable(situation, table, { ...table, foreignKeys: [next] })
  return [
    drop,
    {
      sql: `ALTER TABLE ${quote(table.name)} ADD CONSTRAINT ${quote(key.name)} FOREIGN KEY (${quoteAll(key.columns)}) REFERENCES ${quote(key.references)} (${quoteAll(key.referencedColumns)}) ON DELETE ${next.onDelete} ON UPDATE ${next.onUpdate}`,
    },
  ]
}

const withDelete: MakeStep = (situation, table) => [
  { sql: `WITH gone AS (DELETE FROM ${quote(table.name)} WHERE ${condition(situation, table)} RETURNING *) SELECT count(*) FROM gone` },
]

const inBlock: MakeStep = (situation, table) => [
  {
    sql: `DO $$ BEGIN IF EXISTS (SELECT 1 FROM ${quote(table.name)}) THEN DELETE FROM ${quote(table.name)} WHERE ${condition(situation, table)}; END IF; END $$`,
  },
]

const storage = (_situation: Situation, table: Parameters<MakeStep>[1]): readonly Step[] => [
  {
    sql: `ALTER TABLE ${quote(table.name)} ${_situation.random.pick(['SET UNLOGGED', 'REPLICA IDENTITY FULL', 'DISABLE TRIGGER USER', 'ENABLE TRIGGER USER'])}`,
  },
]

export const postgresqlSteps: readonly MakeStep[] = [
  alterType,
  alterType,
  alterType,
  setNotNull,
  recreateEnum,
  recreateEnum,
  dropType,
  check,
  truncate,
  dropAndAddColumn,
  renameByDropAndAdd,
  partition,
  partition,
  attach,
  foreignKey,
  withDelete,
  inBlock,
  storage,
]
