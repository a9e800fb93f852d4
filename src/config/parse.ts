import { z } from 'zod'
import { SafeMigrateError } from '../errors.js'
import { suggestNearest } from '../util/nearest.js'
import { findRuleProblems } from './rule-levels.js'
import { type Config, configSchema } from './schema.js'

/** @throws SafeMigrateError `config` that lists every problem at once, unknown keys with the nearest known one */
export async function parseConfig(value: unknown, place: string): Promise<Config> {
  const parsed = configSchema.safeParse(value)
  const problems = [...(parsed.error?.issues ?? []).flatMap(describeIssue), ...(await findRuleProblems(value))]
  if (parsed.success && problems.length === 0) return parsed.data
  throw new SafeMigrateError({
    code: 'config',
    message: `${place} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    next: [`Fix ${place} and run again. Known settings: ${Object.keys(configSchema.shape).join(', ')}.`],
  })
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== 'unrecognized_keys') return [`${issue.path.join('.') || 'the whole file'}: ${issue.message}`]
  const known = keysAt(configSchema, issue.path)
  return issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown setting${suggestNearest(key, known)}`)
}

/** The settings that there are at this place of the configuration. */
function keysAt(schema: z.core.$ZodType, [key, ...rest]: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return keysAt(schema.unwrap() as z.core.$ZodType, key === undefined ? [] : [key, ...rest])
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest)
  if (!(schema instanceof z.ZodObject)) return []
  const inside = key === undefined ? undefined : schema.shape[String(key)]
  return inside === undefined ? Object.keys(schema.shape) : keysAt(inside, rest)
}
