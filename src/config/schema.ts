import { z } from 'zod'

const milliseconds = z.number().int().min(0).max(86_400_000)

/** The settings of safe-migrate.config.*; every key has a default, unknown keys are errors. */
export const configSchema = z.strictObject({
  /** Folder for snapshots, run journals and nothing else; relative to the project. */
  directory: z.string().min(1).default('.safe-migrate'),
  /** Snapshot engine: `auto`, or the id of one. */
  engine: z.string().min(1).default('auto'),
  /** What to do when data was lost and nobody can be asked. */
  onLoss: z.enum(['keep', 'restore']).default('keep'),
  /** What to do when a migration failed and nobody can be asked. */
  onFailure: z.enum(['keep', 'restore']).default('keep'),
  /** How long to wait for another run on the same database, in milliseconds. */
  lockTimeout: milliseconds.default(10_000),
  /** How long one query that measures an impact may take, in milliseconds. */
  impactTimeout: milliseconds.default(10_000),
  /** Whether reports show values before and after, not only the keys of rows. */
  showValues: z.boolean().default(false),
})

export type Config = z.infer<typeof configSchema>
/** What a configuration file may hold. */
export type ConfigInput = z.input<typeof configSchema>

export const DEFAULT_CONFIG: Config = configSchema.parse({})
