import { z } from 'zod'
import { count, finding, findingKind, level, list, severity, text } from './finding-schema.js'

const recordedAcceptance = z.strictObject({
  migration: z.string(),
  rule: z.string(),
  objects: list(z.string()),
  statementSha256: z.string(),
  occurrence: count.exactOptional(),
  reason: z.string(),
  acceptedAt: z.string(),
  acceptedBy: z.string().exactOptional(),
  protected: list(z.string()).exactOptional(),
})

/** See AcceptReport. */
export const accept = z.strictObject({
  report: z.literal('accept'),
  formatVersion: z.literal(1),
  command: z.enum(['accept', 'list', 'prune']),
  exitCode: count,
  file: z.string(),
  measured: z.boolean(),
  added: list(recordedAcceptance),
  removed: list(recordedAcceptance),
  recorded: list(recordedAcceptance.extend({ state: z.enum(['current', 'lapsed', 'missing']) })),
  open: list(finding),
})

const example = z.strictObject({ sql: z.string(), before: text, databases: list(z.string()) })

/** See ExplainReport. */
export const explain = z.strictObject({
  report: z.literal('explain'),
  formatVersion: z.literal(1),
  exitCode: count,
  environment: text,
  rules: list(
    z.strictObject({
      rule: z.string(),
      kind: findingKind,
      severity,
      level,
      summary: z.string(),
      unsafe: list(example.extend({ message: z.string(), why: z.string(), instead: z.string() })),
      safe: list(example),
    }),
  ),
})
