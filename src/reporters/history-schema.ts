import { z } from 'zod'
import type { HistoryReport } from '../run/history-report.js'
import { count, list, text } from './finding-schema.js'
import { projectSummary } from './project-schema.js'

const snapshot = z.strictObject({ id: z.string(), state: z.enum(['here', 'elsewhere', 'unusable', 'gone', 'unknown']) })

/** See HistoryReport. */
export const history = z.strictObject({
  report: z.literal('history'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  folder: z.string(),
  runs: list(
    z.strictObject({
      runId: z.string(),
      command: z.string(),
      startedAt: z.string(),
      seconds: z.number().nonnegative().nullable(),
      by: z.string(),
      database: z.string(),
      isThisDatabase: z.boolean(),
      state: z.enum(['ended', 'running', 'open']),
      outcome: text,
      exitCode: count.nullable(),
      settledBy: text,
      migrations: list(z.string()),
      applied: list(z.string()).nullable(),
      snapshot: snapshot.nullable(),
      replaced: snapshot.nullable(),
    }),
  ),
  older: count,
  unreadable: list(z.strictObject({ file: z.string(), why: z.string() })),
}) satisfies z.ZodType<HistoryReport>
