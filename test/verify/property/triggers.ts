import type { DatabaseId } from '../../../src/databases/database.js'
import { type Model, quote, type TableModel } from './model.js'
import type { Random } from './random.js'
import { literal } from './values.js'

/** One that was there before the migration: the clock of `updatedAt`, a clean-up, a write elsewhere. */
export function generateTrigger(random: Random, database: DatabaseId, model: Model, table: TableModel): string[] {
  const others = model.tables.filter((one) => one !== table)
  const free = (of: TableModel) =>
    of.columns.filter((column) => !of.key.includes(column.name) && !of.foreignKeys.some((key) => key.columns.includes(column.name)))
  const clock = free(table).find((column) => /^TIMESTAMP|^DATETIME/.test(column.type))
  const name = `${table.name}_trigger`
  if (clock !== undefined && random.chance(0.6)) return updatedAt(database, name, table, clock.name)
  const other = others.length === 0 ? null : random.pick(others)
  if (other === null) return []
  const column = free(other).find((one) => one.nullable)
  if (random.chance(0.5) || column === undefined) {
    return makeTrigger(
      database,
      name,
      table,
      random.pick(['DELETE', 'UPDATE', 'INSERT'] as const),
      `DELETE FROM ${quote(other.name)} WHERE ${conditionFor(random, other)}`,
    )
  }
  const value = random.chance(0.5) ? 'NULL' : literal(random, column.type, model.enums, database)
  return makeTrigger(
    database,
    name,
    table,
    random.pick(['DELETE', 'UPDATE', 'INSERT'] as const),
    `UPDATE ${quote(other.name)} SET ${quote(column.name)} = ${value} WHERE ${conditionFor(random, other)}`,
  )
}

function conditionFor(random: Random, table: TableModel): string {
  const nullable = table.columns.find((column) => column.nullable)
  if (nullable !== undefined && random.chance(0.5)) return `${quote(nullable.name)} IS ${random.pick(['NULL', 'NOT NULL'])}`
  const [key] = table.key
  const type = table.columns.find((column) => column.name === key)?.type
  return key !== undefined && (type === 'INTEGER' || type === 'BIGINT') ? `${quote(key)} ${random.pick(['>', '<', '='])} 3` : '1 = 1'
}

function updatedAt(database: DatabaseId, name: string, table: TableModel, column: string): string[] {
  if (database === 'sqlite') {
    const key = table.key.map((one) => `${quote(one)} = NEW.${quote(one)}`).join(' AND ') || '0'
    return [
      `CREATE TRIGGER ${quote(name)} AFTER UPDATE ON ${quote(table.name)} BEGIN UPDATE ${quote(table.name)} SET ${quote(column)} = 1800000000000 WHERE ${key}; END`,
    ]
  }
  return [
    `CREATE FUNCTION ${quote(`${name}_fn`)}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.${quote(column)} = now(); RETURN NEW; END $$`,
    `CREATE TRIGGER ${quote(name)} BEFORE UPDATE ON ${quote(table.name)} FOR EACH ROW EXECUTE FUNCTION ${quote(`${name}_fn`)}()`,
  ]
}

function makeTrigger(
  database: DatabaseId,
  name: string,
  table: TableModel,
  event: 'DELETE' | 'UPDATE' | 'INSERT',
  statement: string,
): string[] {
  if (database === 'sqlite') return [`CREATE TRIGGER ${quote(name)} AFTER ${event} ON ${quote(table.name)} BEGIN ${statement}; END`]
  return [
    `CREATE FUNCTION ${quote(`${name}_fn`)}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NULL; END $$`,
    `CREATE TRIGGER ${quote(name)} AFTER ${event} ON ${quote(table.name)} FOR EACH ROW EXECUTE FUNCTION ${quote(`${name}_fn`)}()`,
  ]
}
