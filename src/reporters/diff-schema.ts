import { z } from 'zod'
import type { DiffReport } from '../run/diff-report.js'
import { DIFF_FORMATS } from '../run/diff-report.js'
import { DIFF_CHANGES, type DiffLine } from '../verify/diff-line.js'
import { count, list, text } from './finding-schema.js'
import { projectSummary } from './project-schema.js'

const row = z.record(z.string(), text)

/** A line of `diff --as ndjson`. */
export const diffLine: z.ZodType<DiffLine> = z.strictObject({
  schema: text,
  table: z.string(),
  change: z.enum(DIFF_CHANGES),
  key: row.nullable(),
  column: text,
  now: z.string().exactOptional(),
  before: text.exactOptional(),
  after: text.exactOptional(),
  row: row.exactOptional(),
  rows: count,
})

export const diff = z.strictObject({
  report: z.literal('diff'),
  formatVersion: z.literal(1),
  exitCode: count,
  project: projectSummary,
  snapshot: z.string(),
  takenAt: z.string(),
  written: z.strictObject({ as: z.enum(DIFF_FORMATS), to: z.string(), lines: count }).nullable(),
  showValues: z.boolean(),
  tables: list(
    z.strictObject({
      schema: text,
      name: z.string(),
      nameNow: text,
      rowsThen: count.nullable(),
      rowsNow: count.nullable(),
      hasKey: z.boolean(),
      rowsGone: count,
      rowsAdded: count,
      rowsChanged: count,
      columns: list(z.strictObject({ name: z.string(), nameNow: text, isNew: z.boolean(), lost: count, changed: count, set: count })),
      problem: text,
      lines: list(diffLine),
      moreLines: count,
    }),
  ),
  unchanged: count,
  largeObjects: text,
  unread: list(z.strictObject({ schema: text, name: z.string(), why: z.string() })),
  next: list(z.string()),
}) satisfies z.ZodType<DiffReport>
