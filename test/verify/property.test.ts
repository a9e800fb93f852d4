import { appendFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Arena, openArena } from './property/arena.js'
import { check } from './property/check.js'
import { generateCase } from './property/generate.js'
import { type Case, setupOf } from './property/model.js'
import { migrationOf, play } from './property/play.js'
import { shrink } from './property/shrink.js'

const SEED = Number(process.env.TEST_PROPERTY_SEED ?? 1)
const RUNS = Number(process.env.TEST_PROPERTY_RUNS ?? 25)
/** Problems are written to this file as they are found, not made smaller. */
const LOG = process.env.TEST_PROPERTY_LOG

/**
 * Generated schemas, rows and migrations on real databases: what the comparison says is what a look at every row before and after says, and
 * nothing is lost that no finding foretold. `TEST_PROPERTY_SEED=<seed> TEST_PROPERTY_RUNS=1` plays one again.
 */
describe.each(['postgresql', 'sqlite'] as const)('%s', (database) => {
  test(`${RUNS} generated migrations from seed ${SEED}`, { timeout: 120_000 + RUNS * 5000 }, async () => {
    const arena = await openArena(database)
    const found: string[] = []
    let failed = 0
    try {
      for (let seed = SEED; seed < SEED + RUNS; seed++) {
        const one = generateCase(seed, database)
        const { problems, error } = await judge(arena, one)
        if (error !== null) failed++
        if (problems.length === 0) continue
        found.push(await describeProblem(arena, one, problems))
        if (LOG !== undefined) appendFileSync(LOG, `${found.at(-1)}\n\n`)
      }
    } finally {
      await arena.close()
    }
    console.log(`${database}: ${RUNS} migrations from seed ${SEED}, ${failed} failed in the database, ${found.length} with problems`)
    expect(found.join('\n\n')).toBe('')
    // A generator whose migrations all fail proves nothing.
    expect(failed).toBeLessThan(Math.max(2, RUNS / 2))
  })
})

async function judge(arena: Arena, one: Case): Promise<{ readonly problems: readonly string[]; readonly error: string | null }> {
  try {
    const played = await play(arena, one)
    return { problems: check(played), error: played.error }
  } catch (error) {
    return { problems: [`crash ${error instanceof Error ? error.stack : error}`], error: null }
  }
}

/** As small as it gets, with what is needed to play it again. */
async function describeProblem(arena: Arena, one: Case, problems: readonly string[]): Promise<string> {
  const kinds = new Set(problems.map(kindOf))
  const isAlike = async (smaller: Case) => (await judge(arena, smaller)).problems.some((problem) => kinds.has(kindOf(problem)))
  const small = LOG === undefined ? await shrink(one, isAlike) : one
  const { problems: left, error } = await judge(arena, small)
  const others =
    small.concurrent.length === 0 ? '' : `-- meanwhile, another session:\n${small.concurrent.map(({ sql }) => `${sql};`).join('\n')}\n`
  const mode = small.oneTransaction ? ', in one transaction' : ''
  const end = error === null ? '' : `-- fails: ${error}\n`
  return `-- ${one.database}, seed ${one.seed}\n${setupOf(small)}\n${others}-- the migration${mode}:\n${migrationOf(small)}${end}=> ${left.join('\n=> ')}`
}

const kindOf = (problem: string): string => problem.split(' ', 2).join(' ')
