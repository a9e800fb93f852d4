import { z } from 'zod'
import { count, list, text } from './finding-schema.js'

/** What a salvage does, or did. */
const salvagePlan = {
  tables: list(
    z.strictObject({
      schema: text,
      name: z.string(),
      inserted: count,
      values: list(z.strictObject({ column: z.string(), written: count })),
      aside: list(z.strictObject({ column: text, count, why: z.string() })),
    }),
  ),
  sideTables: list(
    z.strictObject({ of: z.string(), what: z.enum(['rows', 'values']), rows: count, name: text, statements: list(z.string()) }),
  ),
  place: text,
  notices: list(z.string()),
}

/** What was done about a bad verdict. */
export const recovery = z.strictObject({
  done: z.enum(['none', 'restored', 'salvaged', 'kept']),
  replaced: text,
  problem: text,
  left: z.string().exactOptional(),
  salvage: z.strictObject(salvagePlan).exactOptional(),
})

export const salvageReport = z.strictObject({
  report: z.literal('salvage'),
  formatVersion: z.literal(1),
  exitCode: count,
  verdict: z.enum(['planned', 'salvaged', 'unchanged', 'declined']),
  runId: text,
  target: z.string(),
  snapshot: z.string(),
  lostBy: z.string(),
  all: z.boolean(),
  ...salvagePlan,
  next: list(z.string()),
})
