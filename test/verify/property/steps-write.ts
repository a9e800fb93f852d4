import { quote, type TableModel } from './model.js'
import { freshName, type MakeStep, plainColumns, replaceTable, type Situation } from './steps.js'
import { keyLiteral, literal } from './values.js'

/** What to put after WHERE. */
export function condition(situation: Situation, table: TableModel): string {
  const { random, database, model, rows } = situation
  const column = random.pick(table.columns)
  const name = quote(column.name)
  const cannotCompare = column.type === 'JSON'
  const parent = table.foreignKeys[0]
  switch (random.int(7)) {
    case 0:
      return random.pick(['1 = 1', 'true', `${name} IS NOT NULL`])
    case 1:
      return `${name} IS NULL`
    case 2:
      if (cannotCompare) return `${name} IS NOT NULL`
      return `${name} ${random.pick(['=', '<>', '>', '<='])} ${literal(random, column.type, model.enums, database)}`
    case 3: {
      const [key] = table.key
      const type = table.columns.find((one) => one.name === key)?.type ?? ''
      return key === undefined ? `${name} IS NOT NULL` : `${quote(key)} IN (${[0, 1, 4].map((one) => keyLiteral(type, one)).join(', ')})`
    }
    case 4:
      if (parent === undefined || !model.tables.some((one) => one.name === parent.references)) return `${name} IS NULL`
      return `${quote(parent.columns[0] ?? '')} IN (SELECT ${quote(parent.referencedColumns[0] ?? '')} FROM ${quote(parent.references)} WHERE ${quote(parent.referencedColumns[0] ?? '')} IS NOT NULL)`
    case 5: {
      const child = model.tables.find((one) => one.foreignKeys.some((key) => key.references === table.name))
      const key = child?.foreignKeys.find((one) => one.references === table.name)
      if (child === undefined || key === undefined) return `${name} IS NOT NULL`
      return `NOT EXISTS (SELECT 1 FROM ${quote(child.name)} c WHERE c.${quote(key.columns[0] ?? '')} = ${quote(table.name)}.${quote(key.referencedColumns[0] ?? '')})`
    }
    default: {
      const value = rows[table.name]?.[0]?.[table.columns.indexOf(column)]
      return value === undefined || value === 'NULL' || cannotCompare ? `${name} IS NULL` : `${name} = ${value}`
    }
  }
}

const where = (situation: Situation, table: TableModel): string =>
  situation.random.chance(0.25) ? '' : ` WHERE ${condition(situation, table)}`

const update: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const columns = random.chance(0.8) ? plainColumns(table) : table.columns
  if (columns.length === 0) return null
  const assignments = random
    .some(columns)
    .slice(0, 2)
    .map((column) => {
      const others = table.columns.filter((other) => other !== column && other.type === column.type)
      const name = quote(column.name)
      const value =
        others.length > 0 && random.chance(0.4)
          ? quote(random.pick(others).name)
          : column.nullable && random.chance(0.3)
            ? 'NULL'
            : /^(TEXT|VARCHAR)/.test(column.type) && !column.type.endsWith('[]') && random.chance(0.5)
              ? random.pick([`upper(${name})`, `trim(${name})`, `coalesce(${name}, 'none')`, `replace(${name}, 'a', 'b')`])
              : /^(INTEGER|BIGINT|SMALLINT)$/.test(column.type) && random.chance(0.5)
                ? random.pick([`${name} + 1`, `coalesce(${name}, 0)`, `-${name}`, `${name} * 1`])
                : literal(random, column.type, model.enums, database)
      return `${name} = ${value}`
    })
  return [{ sql: `UPDATE ${quote(table.name)} SET ${assignments.join(', ')}${where(situation, table)}` }]
}

const swap: MakeStep = (situation, table) => {
  for (const a of plainColumns(table)) {
    const b = plainColumns(table).find((other) => other !== a && other.type === a.type)
    if (b === undefined) continue
    return [
      {
        sql: `UPDATE ${quote(table.name)} SET ${quote(a.name)} = ${quote(b.name)}, ${quote(b.name)} = ${quote(a.name)}${where(situation, table)}`,
      },
    ]
  }
  return null
}

const remove: MakeStep = (situation, table) => [{ sql: `DELETE FROM ${quote(table.name)}${where(situation, table)}` }]

const insert: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const isNew = random.chance(0.6)
  const values = table.columns.map((column) => {
    const inKey = table.key.indexOf(column.name)
    if (inKey !== -1) return keyLiteral(column.type, inKey === 0 ? (isNew ? 70 + random.int(5) : random.int(4)) : 0)
    if (table.foreignKeys.some((key) => key.columns.includes(column.name))) return 'NULL'
    return literal(random, column.type, model.enums, database)
  })
  const columns = table.columns.map((column) => quote(column.name)).join(', ')
  const target = plainColumns(table)[0]
  const canConflict = table.key.length > 0 && target !== undefined && !isNew
  const update = target === undefined ? '' : `${quote(target.name)} = excluded.${quote(target.name)}`
  const conflict = canConflict
    ? random.pick([
        '',
        ` ON CONFLICT (${table.key.map(quote).join(', ')}) DO NOTHING`,
        ` ON CONFLICT (${table.key.map(quote).join(', ')}) DO UPDATE SET ${update}`,
      ])
    : ''
  return [{ sql: `INSERT INTO ${quote(table.name)} (${columns}) VALUES (${values.join(', ')})${conflict}` }]
}

/** Rows of one table become rows of another. */
const insertSelect: MakeStep = (situation, table) => {
  const { random, model } = situation
  const others = model.tables.filter((one) => one !== table && one.key.length === 0)
  if (others.length === 0) return null
  const into = random.pick(others)
  const pairs = into.columns.flatMap((column) => {
    const from = table.columns.find((one) => one.type === column.type)
    return from === undefined ? [] : [[column, from] as const]
  })
  if (pairs.length === 0) return null
  return [
    {
      sql: `INSERT INTO ${quote(into.name)} (${pairs.map(([column]) => quote(column.name)).join(', ')}) SELECT ${pairs.map(([, from]) => quote(from.name)).join(', ')} FROM ${quote(table.name)}${where(situation, table)}`,
    },
  ]
}

const backfill: MakeStep = (situation, table) => {
  const { random, database, model } = situation
  const name = freshName(
    table.columns.map((column) => column.name),
    'filled',
  )
  const source = random.pick(table.columns)
  const column = { name, type: 'TEXT', nullable: true }
  replaceTable(situation, table, { ...table, columns: [...table.columns, column] })
  const value = random.chance(0.5) ? `CAST(${quote(source.name)} AS TEXT)` : literal(random, 'TEXT', model.enums, database)
  return [
    { sql: `ALTER TABLE ${quote(table.name)} ADD COLUMN ${quote(name)} TEXT` },
    { sql: `UPDATE ${quote(table.name)} SET ${quote(name)} = ${value}${where(situation, table)}` },
  ]
}

const fillNulls: MakeStep = (situation, table) => {
  const columns = plainColumns(table).filter((column) => column.nullable)
  if (columns.length === 0) return null
  const column = situation.random.pick(columns)
  const value = literal(situation.random, column.type, situation.model.enums, situation.database)
  return [{ sql: `UPDATE ${quote(table.name)} SET ${quote(column.name)} = ${value} WHERE ${quote(column.name)} IS NULL` }]
}

const dropTrigger: MakeStep = ({ database }, table) => {
  const name = quote(`${table.name}_trigger`)
  return [{ sql: database === 'sqlite' ? `DROP TRIGGER IF EXISTS ${name}` : `DROP TRIGGER IF EXISTS ${name} ON ${quote(table.name)}` }]
}

export const writeSteps: readonly MakeStep[] = [
  update,
  update,
  update,
  swap,
  remove,
  remove,
  insert,
  insertSelect,
  backfill,
  fillNulls,
  dropTrigger,
]
