import { z } from 'zod'
import type { Level } from '../rules/finding.js'
import { suggestNearest } from '../util/nearest.js'

/** Level of the findings of a rule, by its id. */
export const ruleLevelsSchema = z.record(z.string(), z.enum(['off', 'info', 'warn', 'block']) satisfies z.ZodType<Level>)

const anything = z.record(z.string(), z.unknown()).catch({})

/**
 * Levels that no rule has or may have, one line each; also of a configuration with other faults. Beside the schema, because the rules are
 * loaded only where one is named.
 */
export async function findRuleProblems(config: unknown): Promise<string[]> {
  const general = anything.parse(config)
  const environments = Object.entries(anything.parse(general.environments)).map(
    ([name, one]) => [`environments.${name}.rules`, anything.parse(one).rules] as const,
  )
  const places = [['rules', general.rules] as const, ...environments]
  const levels = places.flatMap(([at, rules]) =>
    Object.entries(anything.parse(rules)).map(([id, level]) => ({ at: `${at}.${id}`, id, level })),
  )
  const problems = await Promise.all(levels.map(({ id, level }) => findProblem(id, level)))
  return problems.flatMap((problem, index) => (problem === null ? [] : [`${levels[index]?.at}: ${problem}`]))
}

async function findProblem(id: string, level: unknown): Promise<string | null> {
  const { rules } = await import('../rules/index.js')
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined)
    return `there is no such rule${suggestNearest(
      id,
      rules.map((one) => one.id),
    )}`
  if (rule.severity === 'S0' && level !== 'block')
    return 'it finds what is catastrophic and always blocks; accept a single statement instead'
  const isLoss = rule.kind === 'loss' || rule.kind === 'unanalysed'
  return level === 'off' && isLoss ? 'what it finds is always reported; its lowest level is info' : null
}
