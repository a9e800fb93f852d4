import { fileOf, runStory, type Told } from '../story.js'
import type { Arena } from './arena.js'
import { type Case, type Step, setupOf } from './model.js'
import { findTruth, type Truth } from './truth.js'

export interface Played extends Told {
  readonly truth: Truth
  /** Names of the tables that were there, partitions not among them. */
  readonly tablesBefore: readonly string[]
  /** Of tables whose rebuild stopped before the last step: the rows are there under another name. */
  readonly halfWay: readonly string[]
  /** Tables into which another session inserted, one for each row. */
  readonly insertedByOthers: readonly string[]
}

/** The whole run on a real database, and what really happened. */
export async function play(arena: Arena, one: Case): Promise<Played> {
  await arena.setUp(setupOf(one))
  const before = await arena.read()
  const steps = one.migration.flat()
  const told = await runStory(arena, {
    migration: steps.map(({ sql }) => sql),
    meanwhile: one.concurrent.map(({ sql }) => sql),
    oneTransaction: one.oneTransaction,
  })
  const after = await arena.read(before)
  const tablesBefore = before.map(({ table }) => table)
  const isThere = (table: string) => after.some((other) => other.table === table)
  return {
    ...told,
    truth: findTruth(before, after, executedSteps(one, told)),
    tablesBefore,
    halfWay: told.error === null ? [] : tablesBefore.filter((table) => !isThere(table) && isThere(`new_${table}`)),
    insertedByOthers: one.concurrent.slice(0, told.doneMeanwhile).map(({ table }) => table),
  }
}

export function migrationOf({ migration }: Pick<Case, 'migration'>): string {
  return fileOf(migration.flat().map(({ sql }) => sql))
}

function executedSteps({ migration, oneTransaction }: Case, { done, error }: Told): readonly Step[] {
  const steps = migration.flat()
  if (oneTransaction) return error === null ? steps : []
  const ran = steps.slice(0, done)
  // The connection is closed with its transaction.
  const begun = ran.findLastIndex(({ sql }) => sql === 'BEGIN')
  const isOpen = begun !== -1 && !ran.slice(begun).some(({ sql }) => sql === 'COMMIT')
  return isOpen ? ran.slice(0, begun) : ran
}
