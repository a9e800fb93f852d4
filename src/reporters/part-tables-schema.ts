import { z } from 'zod'
import { count, list, text } from './finding-schema.js'

/** What becomes of the rows of each table. */
export const partTables = list(
  z.strictObject({
    schema: text,
    name: z.string(),
    key: list(z.string()).nullable(),
    inserted: count,
    overwritten: count,
    deleted: count,
    unchanged: count,
    orphans: count,
    remapped: count,
    orphanSamples: list(z.strictObject({ row: z.string(), missing: z.string() })),
  }),
)
