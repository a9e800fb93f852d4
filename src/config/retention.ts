import { z } from 'zod'
import { parseDuration, parseSize } from '../util/parse-quantity.js'

const count = z.number().int().min(1).max(100_000)

/** A text that stands for a number. */
function quantity(parse: (text: string) => number | null, example: string) {
  return z.string().transform((text, context) => {
    const value = parse(text)
    if (value !== null && value > 0) return value
    context.addIssue({ code: 'custom', message: `"${text}" is not written like ${example}` })
    return z.NEVER
  })
}

/** A size such as `500MB`, as bytes. */
export const sizeSchema = quantity(parseSize, '"500MB" or "1.5 GB"')

/** Which snapshots `snapshot prune` keeps. A snapshot stays when one of the rules of number names it, and `maxAge` and `maxSize` allow it. */
export const retentionSchema = z.strictObject({
  /** The newest ones. */
  keepLast: count.exactOptional(),
  /** The last one of each of this many hours (days, weeks, months) that have one. */
  hourly: count.exactOptional(),
  daily: count.exactOptional(),
  weekly: count.exactOptional(),
  monthly: count.exactOptional(),
  /** `36h`, `30d`, `8w`, `6m`, `1y`: none stays longer. */
  maxAge: quantity(parseDuration, '"36h", "30d", "8w", "6m" or "1y"').exactOptional(),
  /** `50GB`: what the snapshots of one database may take together. */
  maxSize: sizeSchema.exactOptional(),
  /** Whether every new snapshot is followed by it; otherwise only `snapshot prune` removes. */
  afterSnapshot: z.boolean().default(false),
})

/** Durations in milliseconds, sizes in bytes. */
export type RetentionPolicy = z.infer<typeof retentionSchema>
