import { z } from 'zod'

export const MUSTS = ['return no rows', 'not shrink', 'stay equal'] as const

/** What a run must not change. */
export const invariantSchema = z.strictObject({
  /** For people, in reports: `every invoice has a customer`. */
  name: z.string().trim().min(1),
  /** One SELECT, as the database understands it; run read-only. */
  sql: z.string().trim().min(1),
  /** `not shrink`, `stay equal`: it returns one row. */
  must: z.enum(MUSTS),
})

export type Invariant = Readonly<z.infer<typeof invariantSchema>>

/** Names must tell them apart. */
export const invariantsSchema = z
  .array(invariantSchema)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, { error: 'two invariants have one name' })
