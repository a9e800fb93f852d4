import { z } from 'zod'
import type { Finding } from '../rules/finding.js'
import type { Difference } from '../verify/difference.js'

export const count = z.number().int().nonnegative()
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly()
export const text = z.string().nullable()

const impact = z.discriminatedUnion('measured', [
  z.strictObject({
    measured: z.literal(true),
    atMost: z.string().exactOptional(),
    rows: count.exactOptional(),
    values: count.exactOptional(),
    failing: z
      .strictObject({ rows: count, keys: list(z.string()), values: list(z.string()).exactOptional(), message: z.string().exactOptional() })
      .exactOptional(),
    cascades: list(
      z.strictObject({ schema: text, table: z.string(), rows: count, effect: z.enum(['deleted', 'cleared']) }),
    ).exactOptional(),
  }),
  z.strictObject({
    measured: z.literal(false),
    why: z.string(),
    estimate: z.strictObject({ rows: count.exactOptional(), values: count.exactOptional() }).exactOptional(),
  }),
])

export const location = z.strictObject({ file: z.string(), line: count, column: count, endLine: count, endColumn: count })

export const findingKind = z.enum(['loss', 'failure', 'compatibility', 'unanalysed'])
export const severity = z.enum(['S0', 'S1', 'S2', 'S3', 'S4', 'info'])
export const level = z.enum(['off', 'info', 'warn', 'block'])

export const finding: z.ZodType<Finding> = z.strictObject({
  rule: z.string(),
  kind: findingKind,
  severity,
  level,
  message: z.string(),
  why: z.string(),
  instead: z.string(),
  objects: list(
    z.strictObject({
      schema: z.string().exactOptional(),
      table: z.string().exactOptional(),
      column: z.string().exactOptional(),
      type: z.string().exactOptional(),
    }),
  ),
  migration: z.string(),
  location,
  offset: count,
  statement: z.string(),
  predictions: list(
    z.strictObject({
      effect: z.enum(['rows-lost', 'table-gone', 'column-gone', 'values-lost', 'values-changed', 'orphans', 'large-objects-lost']),
      schema: text,
      table: z.string(),
      column: text,
      count: count.nullable(),
    }),
  ),
  kept: z
    .strictObject({
      schema: text,
      table: z.string(),
      column: text,
      in: z.strictObject({ schema: text, table: z.string() }).nullable(),
      columns: list(z.tuple([z.string(), z.string()]).readonly()).nullable(),
    })
    .exactOptional(),
  impact: impact.exactOptional(),
  accepted: z.strictObject({ reason: z.string(), via: z.enum(['comment', 'prompt', 'file']) }).exactOptional(),
  protected: list(z.string()).exactOptional(),
})

export const difference: z.ZodType<Difference> = z.strictObject({
  kind: z.enum([
    'table-gone',
    'rows-lost',
    'rows-added',
    'column-gone',
    'values-lost',
    'values-changed',
    'not-comparable',
    'large-objects-lost',
    'foreign-key-violations',
    'object-gone',
    'object-changed',
    'sequence-moved-back',
    'invariant-broken',
    'history-lost',
    'compared-less',
  ]),
  schema: text,
  table: text,
  column: text,
  name: text,
  count: count.nullable(),
  weight: z.enum(['loss', 'notice']),
  cause: z.enum(['predicted', 'unpredicted', 'others']),
  message: z.string(),
  keys: list(z.string()),
  values: list(z.strictObject({ before: text, after: text })).exactOptional(),
  rows: list(z.string()).exactOptional(),
})
