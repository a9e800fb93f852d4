import { type ColumnModel, createTable, quote, type Step, type TableModel } from './model.js'
import { type MakeStep, plainColumns, replaceTable, type Situation } from './steps.js'
import { condition } from './steps-write.js'
import { literal } from './values.js'

interface Rebuild {
  /** What the new table is. */
  readonly next: TableModel
  /** Columns to fill, each from an expression. */
  readonly fill: readonly (readonly [string, string])[]
  readonly or?: string
  /** After FROM. */
  readonly rest?: string
  readonly drops?: readonly ColumnModel[]
  readonly renames?: Step['renames']
  readonly noInsert?: boolean
}

/** As Prisma writes it (RedefineTables). */
function rebuild(
  { random }: Situation,
  table: TableModel,
  { next, fill, or = '', rest = '', drops = [], renames, noInsert }: Rebuild,
): Step[] {
  const temporary = `new_${table.name}`
  const insert = `INSERT ${or}INTO ${quote(temporary)} (${fill.map(([name]) => quote(name)).join(', ')}) SELECT ${fill.map(([, from]) => from).join(', ')} FROM ${quote(table.name)}${rest}`
  const inTransaction = random.chance(0.08)
  return [
    ...(inTransaction ? [{ sql: 'BEGIN' }] : []),
    { sql: 'PRAGMA defer_foreign_keys=ON' },
    ...(random.chance(0.05) ? [] : [{ sql: 'PRAGMA foreign_keys=OFF' }]),
    { sql: createTable(next, temporary) },
    ...(noInsert === true || fill.length === 0 ? [] : [{ sql: insert }]),
    { sql: `DROP TABLE ${quote(table.name)}` },
    {
      sql: `ALTER TABLE ${quote(temporary)} RENAME TO ${quote(table.name)}`,
      drops: drops.map((column) => ({ table: table.name, column: column.name })),
      ...(renames === undefined ? {} : { renames }),
    },
    { sql: 'PRAGMA foreign_keys=ON' },
    { sql: 'PRAGMA defer_foreign_keys=OFF' },
    ...(inTransaction ? [{ sql: 'COMMIT' }] : []),
  ]
}

const every = (table: TableModel): [string, string][] => table.columns.map((column) => [column.name, quote(column.name)])

const keepAll: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const added = { name: 'rebuilt', type: 'TEXT', nullable: random.chance(0.5), default: literal(random, 'TEXT', model.enums, database) }
  const hasIt = table.columns.some((column) => column.name === 'rebuilt')
  const columns = [...(hasIt || random.chance(0.5) ? [] : [added]), ...(random.chance(0.3) ? [...table.columns].reverse() : table.columns)]
  const next = { ...table, columns }
  replaceTable(situation, table, next)
  return rebuild(situation, table, { next, fill: every(table) })
}

const changeType: MakeStep = (situation, table) => {
  const { random } = situation
  const columns = plainColumns(table)
  if (columns.length === 0) return null
  const column = random.pick(columns)
  const type = random.pick(['TEXT', 'INTEGER', 'REAL', 'DECIMAL', 'BIGINT', 'BOOLEAN', 'DATETIME'])
  const next = { ...table, columns: table.columns.map((one) => (one === column ? { name: one.name, type, nullable: one.nullable } : one)) }
  replaceTable(situation, table, next)
  return rebuild(situation, table, { next, fill: every(table) })
}

const forgetColumn: MakeStep = (situation, table) => {
  const columns = plainColumns(table).filter((column) => column.nullable)
  if (columns.length === 0) return null
  const forgotten = situation.random.pick(columns)
  const isKept = situation.random.chance(0.5)
  const next = isKept ? table : { ...table, columns: table.columns.filter((column) => column !== forgotten) }
  replaceTable(situation, table, next)
  const fill = every(table).filter(([name]) => name !== forgotten.name)
  return rebuild(situation, table, { next, fill, drops: isKept ? [] : [forgotten] })
}

const filtered: MakeStep = (situation, table) => {
  const { random } = situation
  const rest = random.pick([` WHERE ${condition(situation, table)}`, ' LIMIT 2', ` WHERE ${condition(situation, table)}`])
  return rebuild(situation, table, { next: table, fill: every(table), rest })
}

const swapped: MakeStep = (situation, table) => {
  const [a, b] = plainColumns(table)
  if (a === undefined || b === undefined) return null
  const fill = every(table).map(([name, from]): [string, string] =>
    name === a.name ? [name, quote(b.name)] : name === b.name ? [name, quote(a.name)] : [name, from],
  )
  return rebuild(situation, table, { next: table, fill })
}

const expression: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const columns = plainColumns(table)
  if (columns.length === 0) return null
  const column = random.pick(columns)
  const name = quote(column.name)
  const value = random.pick([
    `coalesce(${name}, ${literal(random, column.type, model.enums, database)}) AS ${name}`,
    `CAST(${name} AS INTEGER)`,
    literal(random, column.type, model.enums, database),
    `upper(${name})`,
    `round(${name})`,
  ])
  return rebuild(situation, table, { next: table, fill: every(table).map(([one, from]) => [one, one === column.name ? value : from]) })
}

const notNull: MakeStep = (situation, table) => {
  const columns = plainColumns(table).filter((column) => column.nullable)
  if (columns.length === 0) return null
  const column = situation.random.pick(columns)
  const next = { ...table, columns: table.columns.map((one) => (one === column ? { ...one, nullable: false } : one)) }
  replaceTable(situation, table, next)
  return rebuild(situation, table, { next, fill: every(table) })
}

const renamed: MakeStep = (situation, table) => {
  const columns = plainColumns(table)
  if (columns.length === 0) return null
  const column = situation.random.pick(columns)
  const to = `${column.name}_renamed`
  const next = { ...table, columns: table.columns.map((one) => (one === column ? { ...one, name: to } : one)) }
  replaceTable(situation, table, next)
  const fill = every(table).map(([name, from]): [string, string] => [name === column.name ? to : name, from])
  return rebuild(situation, table, { next, fill, renames: [{ table: table.name, column: column.name, to }] })
}

const orIgnore: MakeStep = (situation, table) => {
  const { random } = situation
  const candidates = plainColumns(table)
  if (candidates.length === 0) return null
  const unique = random.pick(candidates)
  const next = { ...table, uniques: [unique.name] }
  replaceTable(situation, table, next)
  return rebuild(situation, table, { next, fill: every(table), or: random.pick(['OR IGNORE ', 'OR REPLACE ', '']) })
}

const noInsert: MakeStep = (situation, table) => rebuild(situation, table, { next: table, fill: every(table), noInsert: true })

const replaceInto: MakeStep = (situation, table) => {
  const [key] = table.key
  if (key === undefined) return null
  const columns = table.columns.map((column) => quote(column.name)).join(', ')
  return [
    {
      sql: `INSERT OR REPLACE INTO ${quote(table.name)} (${columns}) SELECT ${columns} FROM ${quote(table.name)} WHERE ${condition(situation, table)}`,
    },
  ]
}

export const sqliteSteps: readonly MakeStep[] = [
  keepAll,
  keepAll,
  changeType,
  changeType,
  forgetColumn,
  filtered,
  swapped,
  expression,
  notNull,
  renamed,
  orIgnore,
  noInsert,
  replaceInto,
]
