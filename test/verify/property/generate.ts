import type { DatabaseId } from '../../../src/databases/database.js'
import { type Case, type ColumnModel, type ForeignKeyModel, type Model, quote, type TableModel } from './model.js'
import { makeRandom, type Random } from './random.js'
import { generateSteps } from './steps.js'
import { generateTrigger } from './triggers.js'
import { keyLiteral, keyTypes, literal, oddLiteral, typesOf } from './values.js'

const TABLES = ['User', 'posts', 'OrderItem', 'Größe', 'order', 'a b', 'Ta"ble', '表', 'Log']
const COLUMNS = ['name', 'email', 'total', 'createdAt', 'na"me', 'größe', 'from', 'note text', 'state', 'x', 'Y']

type Rows = Case['rows']

/** The same for the same seed, whatever was generated before. */
export function generateCase(seed: number, database: DatabaseId): Case {
  const random = makeRandom(seed)
  const enums = database === 'sqlite' ? {} : { Role: ['USER', 'ADMIN', 'new one'], state: ['a', 'b', 'c', 'd'] }
  const names = random.some(TABLES, 2).slice(0, 4)
  const tables: TableModel[] = []
  const rows: Record<string, string[][]> = {}
  for (const name of names) {
    const { table, values } = generateTable(random, database, name, { tables, rows, enums })
    tables.push(table)
    rows[name] = values
  }
  const model: Model = { tables, enums }
  const objects = generateObjects(random, database, model)
  const { steps } = generateSteps(random, database, { model, rows })
  // Otherwise rows of others would set triggers off, or stand in the way of the migration's own.
  const canBeShared =
    !objects.some((sql) => sql.includes('TRIGGER')) && !steps.flat().some(({ sql }) => /\bOR (?:REPLACE|IGNORE)\b|\bLIMIT\b/.test(sql))
  return {
    seed,
    database,
    model,
    rows,
    objects,
    migration: steps,
    concurrent: canBeShared && random.chance(0.2) ? generateInserts(random, database, model) : [],
    oneTransaction: database === 'postgresql' && random.chance(0.3),
  }
}

interface World {
  readonly tables: readonly TableModel[]
  readonly rows: Rows
  readonly enums: Model['enums']
}

function generateTable(random: Random, database: DatabaseId, name: string, world: World): { table: TableModel; values: string[][] } {
  const keyNames = random.chance(0.15) ? [] : random.chance(0.2) ? ['id', 'part'] : ['id']
  const isPartitioned = database === 'postgresql' && keyNames.length > 0 && random.chance(0.12)
  const keys = keyNames.map((one, index): ColumnModel => {
    const type = isPartitioned && index === 0 ? 'INTEGER' : random.chance(0.6) ? 'INTEGER' : random.pick(keyTypes(database))
    return { name: one, type, nullable: false }
  })
  const types = [...typesOf(database), ...Object.keys(world.enums).map(quote)]
  const others = random
    .some(COLUMNS, 2)
    .slice(0, 5)
    .map((one): ColumnModel => {
      const type = random.pick(types)
      const nullable = random.chance(0.7)
      const value = random.chance(0.2) && !type.endsWith('[]') ? { default: literal(random, type, world.enums, database) } : {}
      return { name: one, type, nullable, ...value }
    })
  const count = random.pick([0, 1, 3, 5, 8, 12])
  const parents = world.tables.filter((table) => table.key.length > 0)
  const parent = parents.length > 0 && random.chance(0.55) ? random.pick(parents) : null
  const link = parent === null || isPartitioned ? null : makeForeignKey(random, name, parent)
  const columns = [...keys, ...others, ...(link?.columns ?? [])]
  const table: TableModel = {
    name,
    columns,
    key: keyNames,
    foreignKeys: link === null ? [] : [link.key],
    uniques: [],
    partitions: isPartitioned
      ? [
          [`${name}_low`, -100, 4],
          [`${name}_high`, 4, 1000],
        ]
      : [],
  }
  return { table, values: Array.from({ length: count }, (_, index) => generateRow(random, database, table, index, world)) }
}

function generateRow(random: Random, database: DatabaseId, table: TableModel, index: number, { rows, enums, tables }: World): string[] {
  const [key] = table.foreignKeys
  const parentRows = key === undefined ? [] : (rows[key.references] ?? [])
  const parent = parentRows.length > 0 && random.chance(0.85) ? random.pick(parentRows) : null
  const parentColumns = tables.find((one) => one.name === key?.references)?.columns ?? []
  return table.columns.map((column) => {
    const inKey = table.key.indexOf(column.name)
    if (inKey === 0) return keyLiteral(column.type, table.key.length > 1 ? index >> 1 : index)
    if (inKey === 1) return keyLiteral(column.type, index & 1)
    const at = key?.columns.indexOf(column.name) ?? -1
    if (at !== -1) return parent?.[parentColumns.findIndex((one) => one.name === key?.referencedColumns[at])] ?? 'NULL'
    if (column.nullable && random.chance(0.25)) return 'NULL'
    if (database === 'sqlite' && random.chance(0.03)) return oddLiteral(random)
    return literal(random, column.type, enums, database)
  })
}

function makeForeignKey(random: Random, child: string, parent: TableModel): { key: ForeignKeyModel; columns: ColumnModel[] } {
  const referenced = parent.columns.filter((column) => parent.key.includes(column.name))
  const columns = referenced.map(({ name, type }): ColumnModel => ({ name: `${parent.name}_${name}`, type, nullable: true }))
  return {
    columns,
    key: {
      name: `${child}_fkey`,
      columns: columns.map((column) => column.name),
      references: parent.name,
      referencedColumns: referenced.map((column) => column.name),
      onDelete: random.pick(['CASCADE', 'CASCADE', 'SET NULL', 'RESTRICT', 'NO ACTION'] as const),
      onUpdate: random.pick(['CASCADE', 'CASCADE', 'NO ACTION'] as const),
    },
  }
}

function generateObjects(random: Random, database: DatabaseId, model: Model): string[] {
  const objects: string[] = []
  for (const table of model.tables) {
    const column = random.pick(table.columns)
    const canIndex = column.type !== 'JSON'
    if (canIndex && random.chance(0.3))
      objects.push(`CREATE INDEX ${quote(`${table.name}_idx`)} ON ${quote(table.name)} (${quote(column.name)})`)
    if (random.chance(0.2)) objects.push(...generateTrigger(random, database, model, table))
  }
  return objects
}

/** Rows with new keys; in tables whose rows have keys that can be told apart. */
function generateInserts(random: Random, database: DatabaseId, model: Model): Case['concurrent'] {
  return random.some(model.tables).map((table) => {
    const values = table.columns.map((column) => {
      const inKey = table.key.indexOf(column.name)
      if (inKey !== -1) return keyLiteral(column.type, inKey === 0 ? 90 : 0)
      const isLink = table.foreignKeys.some((key) => key.columns.includes(column.name))
      return isLink ? 'NULL' : literal(random, column.type, model.enums, database)
    })
    const sql = `INSERT INTO ${quote(table.name)} (${table.columns.map((column) => quote(column.name)).join(', ')}) VALUES (${values.join(', ')})`
    return { table: table.name, sql }
  })
}
