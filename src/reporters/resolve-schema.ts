import { z } from 'zod'
import type { ResolvedMigration } from '../run/resolve-report.js'
import { count, list, text } from './finding-schema.js'
import { projectSummary } from './project-schema.js'
import { recovery } from './salvage-schema.js'

export const effects = list(z.strictObject({ line: count, summary: z.string(), effect: z.enum(['yes', 'no', 'unknown']) }))

const resolvedMigration: z.ZodType<ResolvedMigration> = z.strictObject({
  name: z.string(),
  state: z.enum(['applied', 'pending', 'failed', 'rolledBack']),
  editedAfterApply: z.boolean(),
  missingOnDisk: z.boolean(),
  message: text,
  found: z.enum(['nothing', 'everything', 'half-way', 'unknown']).nullable(),
  comparedWith: text,
  statements: effects,
  remaining: list(z.strictObject({ line: count, sql: z.string(), effect: z.enum(['no', 'unknown']) })),
  leftovers: list(z.string()),
  done: z.enum(['applied', 'rolled-back', 'restored', 'none']),
  snapshot: text,
  next: list(z.string()),
})

export const resolve = z.strictObject({
  report: z.literal('resolve'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  migrations: list(resolvedMigration),
  recovery,
  next: list(z.string()),
})
