import { z } from 'zod'
import type { Rehearsal } from '../run/rehearsal-report.js'
import { count, difference, list, text } from './finding-schema.js'

const statement = z.strictObject({ migration: z.string(), line: count.nullable(), summary: z.string() })
const place = { schema: text, table: z.string() }

/** @param failed the schema of a migration that failed */
export const rehearsalOf = (failed: z.ZodType<Rehearsal['failed']>): z.ZodType<Rehearsal> =>
  z.strictObject({
    verdict: z.enum(['good', 'bad']),
    snapshot: z.string(),
    engine: z.string(),
    exitCode: z.number().int(),
    errorCode: text,
    problem: text,
    failed,
    migrations: list(z.strictObject({ name: z.string(), seconds: z.number().nullable() })),
    interval: z.number().nullable(),
    statements: list(statement.extend({ seconds: z.number() })),
    locks: list(
      z.strictObject({
        ...place,
        mode: z.string(),
        blocks: z.enum(['reads and writes', 'writes']),
        seconds: z.number(),
        statement: statement.nullable(),
      }),
    ),
    rewritten: list(z.strictObject({ ...place, bytes: count.nullable(), statement: statement.nullable() })),
    differences: list(difference),
    warnings: list(z.string()),
    seconds: z.record(z.string(), z.number()),
  })
