import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Arena, openArena } from './property/arena.js'
import { HARMLESS_POSTGRESQL, TOLD_POSTGRESQL } from './stories-postgresql.js'
import { HARMLESS_SQLITE, TOLD_SQLITE } from './stories-sqlite.js'
import { runStory } from './story.js'
import type { ToldStory } from './told-story.js'

describe.each([
  ['postgresql', TOLD_POSTGRESQL, HARMLESS_POSTGRESQL],
  ['sqlite', TOLD_SQLITE, HARMLESS_SQLITE],
] as const)('predicted against actual on %s', (database, told, harmless) => {
  let arena: Arena
  beforeAll(async () => {
    arena = await openArena(database)
  })
  afterAll(() => arena.close())

  test.each(told)('$name', async (story) => {
    const { alarms } = await tell(arena, story)
    // Had no finding foretold it, the comparison would have seen it all the same.
    expect(alarms.rows.length > 0).toBe(story.losses.length > 0)
    if (story.losses.length > 0) expect(alarms.digests).not.toEqual([])
  })

  test.each(harmless)('no alarm when $name', async (story) => {
    await tell(arena, story)
  })
})

async function tell(arena: Arena, story: ToldStory) {
  const { setup, migration, meanwhile = [], rules, losses, notices = [], mustBeAccepted, verdict = 'applied' } = story
  await arena.setUp(setup)
  const told = await runStory(arena, { migration, meanwhile })
  const messages = (weight: string) => told.differences.filter((one) => one.weight === weight).map(({ message }) => message)
  const foretelling = told.plan.expectations.findings.filter(({ predictions }) => predictions.some(({ count }) => count !== 0))
  expect({
    error: told.error,
    verdict: told.verdict,
    losses: messages('loss'),
    notices: messages('notice'),
    rules: [...new Set(foretelling.map(({ rule }) => rule))],
    isAsked: told.plan.findings.some(({ accepted }) => accepted !== undefined),
  }).toEqual({
    error: null,
    verdict,
    losses,
    notices,
    rules,
    isAsked: mustBeAccepted ?? losses.some((loss) => !/updatedAt/.test(loss)),
  })
  return { alarms: await told.compareBlind() }
}
