import { z } from 'zod'

const name = z.string().min(1)

/** What a column of the file becomes. */
const columnSchema = z.strictObject({
  /** Field of the model. */
  field: name,
  /** How a time is written: `iso` (also with a time zone in words), seconds or milliseconds since 1970, or day and month in this order. */
  time: z.enum(['iso', 'seconds', 'milliseconds', 'd/m/y', 'm/d/y']).exactOptional(),
  /** What separates the values of a list; otherwise it is JSON. */
  separator: z.string().min(1).exactOptional(),
  /** Of several values, separated by `separator`, only the first is taken. */
  first: z.boolean().exactOptional(),
  /** How bytes are written. */
  bytes: z.enum(['base64', 'hex']).exactOptional(),
  /** What stands for an empty cell; by default no value, and rows that exist keep theirs. */
  whenEmpty: z.union([z.string(), z.null()]).exactOptional(),
})

const generatorSchema = z.union([
  z.enum(['now', 'uuid']),
  /** Words of another field in a form for URLs, with a number behind where it is taken. */
  z.strictObject({ slug: name }),
  /** Random letters and digits that are hard to confuse, or those of `alphabet`. */
  z.strictObject({ code: z.number().int().min(4).max(64), alphabet: z.string().min(2).exactOptional() }),
])

/** How the rows of a CSV or TSV file become rows of a model. */
export const importMappingSchema = z.strictObject({
  /** Model of the Prisma schema. */
  model: name,
  /** Column of the file → field. Columns that are not named are left out, and said. */
  columns: z.record(name, z.union([name, columnSchema])),
  /** Fields by which a row is found that exists already; a unique key of the model. Without it every row is new. */
  key: z.union([name, z.array(name).min(1)]).exactOptional(),
  /** What happens to rows that exist. */
  existing: z.enum(['skip', 'update']).default('skip'),
  /** Field → value, the same for every row; written as in a file. */
  constants: z.record(name, z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  /** Field → how its value is made, for new rows. */
  generated: z.record(name, generatorSchema).default({}),
  /** One character; found out when left out. */
  delimiter: z.string().length(1).exactOptional(),
})

export type ImportMapping = z.infer<typeof importMappingSchema>
export type ImportColumn = z.infer<typeof columnSchema>
export type ImportGenerator = z.infer<typeof generatorSchema>
