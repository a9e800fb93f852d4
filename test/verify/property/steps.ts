import type { DatabaseId } from '../../../src/databases/database.js'
import type { Case, ColumnModel, Model, Step, TableModel } from './model.js'
import type { Random } from './random.js'
import { commonSteps } from './steps-common.js'
import { postgresqlSteps } from './steps-postgresql.js'
import { sqliteSteps } from './steps-sqlite.js'
import { writeSteps } from './steps-write.js'

/** What is there when a step is written; a step may leave another model behind. */
export interface Situation {
  readonly random: Random
  readonly database: DatabaseId
  readonly rows: Case['rows']
  model: Model
}

/** Null where it makes no sense. */
export type MakeStep = (situation: Situation, table: TableModel) => readonly Step[] | null

export function generateSteps(
  random: Random,
  database: DatabaseId,
  { model, rows }: { readonly model: Model; readonly rows: Case['rows'] },
): { steps: (readonly Step[])[] } {
  const situation: Situation = { random, database, rows, model }
  const own = database === 'sqlite' ? sqliteSteps : postgresqlSteps
  const makers = [commonSteps, writeSteps, own, own]
  const steps: (readonly Step[])[] = []
  const wanted = 1 + random.int(4)
  for (let tries = 0; tries < 60 && steps.length < wanted; tries++) {
    if (situation.model.tables.length === 0) break
    const made = random.pick(random.pick(makers))(situation, random.pick(situation.model.tables))
    if (made !== null) steps.push(made)
  }
  return { steps }
}

export function replaceTable(situation: Situation, old: TableModel, next: TableModel | null): void {
  const { tables } = situation.model
  situation.model = { ...situation.model, tables: tables.flatMap((table) => (table !== old ? [table] : next === null ? [] : [next])) }
}

export function replaceColumn(table: TableModel, old: ColumnModel, next: ColumnModel | null): TableModel {
  return { ...table, columns: table.columns.flatMap((column) => (column !== old ? [column] : next === null ? [] : [next])) }
}

/** Neither key nor foreign key. */
export function plainColumns(table: TableModel): readonly ColumnModel[] {
  return table.columns.filter(({ name }) => !table.key.includes(name) && !table.foreignKeys.some((key) => key.columns.includes(name)))
}

/** A name that the table does not use. */
export function freshName(names: readonly string[], wanted: string): string {
  let name = wanted
  for (let number = 2; names.includes(name); number++) name = `${wanted}${number}`
  return name
}
