import { z } from 'zod'
import { DEFAULT_CONFIG } from './defaults.js'

const levelSchema = z.enum(['counts', 'columns', 'rows'])

/** `counts`: rows and keys; `columns`: every value, as digests; `rows`: where these differ, row by row. */
export type VerifyLevel = z.infer<typeof levelSchema>

/** How closely the database is compared with itself before. */
export const verifySchema = z.strictObject({
  level: levelSchema.default(DEFAULT_CONFIG.verify.level),
  /** By table or model, with the schema or without, `*` for any characters; the first that fits counts. */
  tables: z.record(z.string().min(1), levelSchema).default(DEFAULT_CONFIG.verify.tables),
  /** Milliseconds for each look at the whole database; null: as long as it takes. */
  budget: z.number().int().min(1).max(86_400_000).nullable().default(DEFAULT_CONFIG.verify.budget),
})

export type VerifySettings = z.infer<typeof verifySchema>
