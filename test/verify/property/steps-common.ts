import { createTable, defineColumn, quote } from './model.js'
import { freshName, type MakeStep, plainColumns, replaceColumn, replaceTable } from './steps.js'
import { literal, typesOf } from './values.js'

const columnNames = (table: Parameters<MakeStep>[1]): string[] => table.columns.map((column) => column.name)

const addColumn: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const type = random.pick(typesOf(database))
  const value = literal(random, type, model.enums, database)
  const column = {
    name: freshName(columnNames(table), random.pick(['added', 'Extra Column', 'größe2'])),
    type,
    nullable: random.chance(0.6),
    ...(random.chance(0.6) && !type.endsWith('[]') ? { default: value } : {}),
  }
  replaceTable(situation, table, { ...table, columns: [...table.columns, column] })
  return [{ sql: `ALTER TABLE ${quote(table.name)} ADD COLUMN ${defineColumn(column)}` }]
}

const dropColumn: MakeStep = (situation, table) => {
  const { random } = situation
  const from = random.chance(0.9) ? plainColumns(table) : table.columns
  if (from.length === 0 || table.columns.length < 2) return null
  const column = random.pick(from)
  const foreignKeys = table.foreignKeys.filter((key) => !key.columns.includes(column.name))
  const key = table.key.includes(column.name) ? [] : table.key
  replaceTable(situation, table, { ...replaceColumn(table, column, null), foreignKeys, key })
  return [
    { sql: `ALTER TABLE ${quote(table.name)} DROP COLUMN ${quote(column.name)}`, drops: [{ table: table.name, column: column.name }] },
  ]
}

const dropTable: MakeStep = (situation, table) => {
  const { random, database } = situation
  const cascade = database === 'postgresql' && random.chance(0.5) ? ' CASCADE' : ''
  const off = database === 'sqlite' && random.chance(0.7)
  replaceTable(situation, table, null)
  const drop = { sql: `DROP TABLE ${quote(table.name)}${cascade}`, drops: [{ table: table.name, column: null }] }
  return off ? [{ sql: 'PRAGMA foreign_keys=off' }, drop, { sql: 'PRAGMA foreign_keys=on' }] : [drop]
}

const dropAndCreate: MakeStep = (situation, table) => {
  if (table.partitions.length > 0) return null
  const { random } = situation
  const name = random.chance(0.5)
    ? table.name
    : freshName(
        situation.model.tables.map((one) => one.name),
        `${table.name}New`,
      )
  const next = { ...table, name, foreignKeys: [], uniques: [] }
  replaceTable(situation, table, next)
  return [
    {
      sql: `DROP TABLE ${quote(table.name)}${situation.database === 'postgresql' ? ' CASCADE' : ''}`,
      drops: [{ table: table.name, column: null }],
    },
    { sql: createTable(next) },
  ]
}

const renameTable: MakeStep = (situation, table) => {
  const to = freshName(
    situation.model.tables.map((one) => one.name),
    situation.random.pick(['Renamed', 'new name', 'Größe']),
  )
  const { model } = situation
  situation.model = {
    ...model,
    tables: model.tables.map((one) => ({
      ...one,
      name: one === table ? to : one.name,
      foreignKeys: one.foreignKeys.map((key) => (key.references === table.name ? { ...key, references: to } : key)),
    })),
  }
  return [{ sql: `ALTER TABLE ${quote(table.name)} RENAME TO ${quote(to)}`, renames: [{ table: table.name, column: null, to }] }]
}

const renameColumn: MakeStep = (situation, table) => {
  const { random } = situation
  const column = random.pick(table.columns)
  const to = freshName(columnNames(table), random.pick(['renamed', 'Neuer Name', 'order']))
  const rename = (names: readonly string[]) => names.map((name) => (name === column.name ? to : name))
  const next = {
    ...replaceColumn(table, column, { ...column, name: to }),
    key: rename(table.key),
    foreignKeys: table.foreignKeys.map((key) => ({ ...key, columns: rename(key.columns) })),
  }
  replaceTable(situation, table, next)
  const { model } = situation
  situation.model = {
    ...model,
    tables: model.tables.map((one) => ({
      ...one,
      foreignKeys: one.foreignKeys.map((key) =>
        key.references === table.name ? { ...key, referencedColumns: rename(key.referencedColumns) } : key,
      ),
    })),
  }
  const sql = `ALTER TABLE ${quote(table.name)} RENAME COLUMN ${quote(column.name)} TO ${quote(to)}`
  return [{ sql, renames: [{ table: table.name, column: column.name, to }] }]
}

const createIndex: MakeStep = (situation, table) => {
  const { random } = situation
  const unique = random.chance(0.6) ? 'UNIQUE ' : ''
  const columns = random.some(table.columns.filter((column) => column.type !== 'JSON')).slice(0, 2)
  const name = `${table.name}_${columns.map((column) => column.name).join('_')}_key${random.int(1000)}`
  return [
    { sql: `CREATE ${unique}INDEX ${quote(name)} ON ${quote(table.name)} (${columns.map((column) => quote(column.name)).join(', ')})` },
  ]
}

const createView: MakeStep = (_situation, table) => [
  { sql: `CREATE VIEW ${quote(`${table.name}_view`)} AS SELECT * FROM ${quote(table.name)}` },
]

/** Copied under another name, then dropped: nothing is lost. */
const moveColumn: MakeStep = (situation, table) => {
  const { random } = situation
  const columns = plainColumns(table)
  if (columns.length === 0) return null
  const column = random.pick(columns)
  const copy = { ...column, name: freshName(columnNames(table), 'moved'), nullable: true }
  const drops = random.chance(0.7)
  replaceTable(situation, table, drops ? replaceColumn(table, column, copy) : { ...table, columns: [...table.columns, copy] })
  const name = quote(table.name)
  return [
    { sql: `ALTER TABLE ${name} ADD COLUMN ${quote(copy.name)} ${copy.type}` },
    { sql: `UPDATE ${name} SET ${quote(copy.name)} = ${quote(column.name)}` },
    ...(drops
      ? [{ sql: `ALTER TABLE ${name} DROP COLUMN ${quote(column.name)}`, drops: [{ table: table.name, column: column.name }] }]
      : []),
  ]
}

/** Copied to a new table; sometimes the old one goes. */
const moveTable: MakeStep = (situation, table) => {
  const { random, model } = situation
  if (table.partitions.length > 0) return null
  const name = freshName(
    model.tables.map((one) => one.name),
    `${table.name}Copy`,
  )
  const copy = { ...table, name, foreignKeys: [], uniques: [] }
  const columns = table.columns.map((column) => quote(column.name)).join(', ')
  const drops = random.chance(0.5)
  situation.model = { ...model, tables: [...model.tables.filter((one) => one !== table || !drops), copy] }
  return [
    { sql: createTable(copy) },
    { sql: `INSERT INTO ${quote(name)} (${columns}) SELECT ${columns} FROM ${quote(table.name)}` },
    ...(drops ? [{ sql: `DROP TABLE ${quote(table.name)}`, drops: [{ table: table.name, column: null }] }] : []),
  ]
}

export const commonSteps: readonly MakeStep[] = [
  addColumn,
  addColumn,
  dropColumn,
  dropColumn,
  dropTable,
  dropAndCreate,
  renameTable,
  renameColumn,
  createIndex,
  createView,
  moveColumn,
  moveTable,
]
