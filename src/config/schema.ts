import { z } from 'zod'
import { DEFAULT_CONFIG } from './defaults.js'
import { encryptionSchema } from './encryption.js'
import { importMappingSchema } from './import-mapping.js'
import { invariantsSchema } from './invariants.js'
import { retentionSchema, sizeSchema } from './retention.js'
import { ruleLevelsSchema } from './rule-levels.js'
import { storageSchema } from './storage.js'
import { verifySchema } from './verify.js'

const milliseconds = z.number().int().min(0).max(86_400_000)
const names = z.array(z.string().min(1))

const protectSchema = z.strictObject({
  /** `User`, `billing.*`: with the schema or without, `*` for any characters. */
  tables: names.default([]),
  /** `User.email`, `billing.Invoice.*`. */
  columns: names.default([]),
})

const commandLine = z.string().trim().min(1)

/** Lines for the shell; see `SnapshotCommands` for what they are told. */
const commandsSchema = z.strictObject({
  take: commandLine,
  verify: commandLine.exactOptional(),
  restore: commandLine,
  remove: commandLine.exactOptional(),
})

/** The settings that are the same for every database, or until an environment says otherwise. */
const settingsSchema = z.strictObject({
  /** Folder for snapshots, run journals and nothing else; relative to the project. */
  directory: z.string().min(1).default(DEFAULT_CONFIG.directory),
  /** Snapshot engine: `auto`, or the id of one. */
  engine: z.string().min(1).default(DEFAULT_CONFIG.engine),
  /** What the engine `command` runs. */
  commands: commandsSchema.nullable().default(DEFAULT_CONFIG.commands),
  /** How snapshots are encrypted; without it they are not. */
  encryption: encryptionSchema.nullable().default(DEFAULT_CONFIG.encryption),
  /** Where every snapshot is copied to. */
  storage: storageSchema.nullable().default(DEFAULT_CONFIG.storage),
  /** Whether `deploy` tries the migrations on a copy first. */
  rehearse: z.boolean().default(DEFAULT_CONFIG.rehearse),
  /** What to do when data was lost and nobody can be asked. */
  onLoss: z.enum(['keep', 'restore', 'salvage']).default(DEFAULT_CONFIG.onLoss),
  /** What to do when a migration failed and nobody can be asked. */
  onFailure: z.enum(['keep', 'restore']).default(DEFAULT_CONFIG.onFailure),
  /** How long to wait for another run on the same database, in milliseconds. */
  lockTimeout: milliseconds.default(DEFAULT_CONFIG.lockTimeout),
  /** How long one query that measures an impact may take, in milliseconds. */
  impactTimeout: milliseconds.default(DEFAULT_CONFIG.impactTimeout),
  /** How long all of them may take, in milliseconds; what is left then is estimated. */
  impactBudget: milliseconds.default(DEFAULT_CONFIG.impactBudget),
  /** How closely the database is compared with itself before. */
  verify: verifySchema.default(DEFAULT_CONFIG.verify),
  /** Whether reports show values before and after, not only the keys of rows. */
  showValues: z.boolean().default(DEFAULT_CONFIG.showValues),
  /** Names for several models or tables at once, for `restore --only` and `--skip`. */
  groups: z.record(z.string().min(1), names.min(1)).default(DEFAULT_CONFIG.groups),
  /** Level of the findings of single rules. */
  rules: ruleLevelsSchema.default(DEFAULT_CONFIG.rules),
  /** Which snapshots stay; without it none is ever removed. */
  retention: retentionSchema.nullable().default(DEFAULT_CONFIG.retention),
  /** What must stay free on the disk while snapshots are written. */
  reserve: sizeSchema.default(DEFAULT_CONFIG.reserve),
  /** Files and folders that go into every snapshot, relative to the project: `public/images`. */
  files: names.default(DEFAULT_CONFIG.files),
  /** Columns whose values name files below a folder; checked after a restore. */
  fileReferences: z
    .array(z.strictObject({ model: z.string().min(1), column: z.string().min(1), folder: z.string().min(1) }))
    .default(DEFAULT_CONFIG.fileReferences),
  /** Ways to import CSV and TSV files, by name. */
  imports: z.record(z.string().min(1), importMappingSchema).default(DEFAULT_CONFIG.imports),
  /** What no comment in a migration can accept the loss of. */
  protect: protectSchema.default(DEFAULT_CONFIG.protect),
  /** What must hold after a run as before it, in SQL. */
  invariants: invariantsSchema.default(DEFAULT_CONFIG.invariants),
  /** How long one query of an invariant may take, in milliseconds. */
  invariantTimeout: milliseconds.default(DEFAULT_CONFIG.invariantTimeout),
  /** Models and tables that may never lose rows in a run, whatever was accepted. */
  criticalModels: names.default(DEFAULT_CONFIG.criticalModels),
})

const { engine, rehearse, onLoss, onFailure, lockTimeout, impactTimeout, impactBudget, showValues, verify } = settingsSchema.shape

/** How a kind of database is recognised, and what is different there. */
const environmentSchema = z.strictObject({
  /** Host patterns, `*` for any characters; `localhost` for a socket or a file. */
  hosts: names.exactOptional(),
  /** Patterns for the database's name; for a SQLite file its path or file name. */
  databases: names.exactOptional(),
  /** Environment variables and the value that each must have. */
  variables: z.record(z.string(), z.string()).exactOptional(),
  /** Whether what can destroy the database as a whole is refused there. */
  protected: z.boolean().default(false),
  engine: engine.unwrap().exactOptional(),
  rehearse: rehearse.unwrap().exactOptional(),
  onLoss: onLoss.unwrap().exactOptional(),
  onFailure: onFailure.unwrap().exactOptional(),
  lockTimeout: lockTimeout.unwrap().exactOptional(),
  impactTimeout: impactTimeout.unwrap().exactOptional(),
  impactBudget: impactBudget.unwrap().exactOptional(),
  showValues: showValues.unwrap().exactOptional(),
  verify: verify.unwrap().exactOptional(),
  /** Added to the rules of all environments, and above them. */
  rules: ruleLevelsSchema.default(DEFAULT_CONFIG.rules),
  /** Added to what is protected everywhere. */
  protect: protectSchema.default(DEFAULT_CONFIG.protect),
  /** Added to those of all environments; one of the same name takes the other's place. */
  invariants: invariantsSchema.default(DEFAULT_CONFIG.invariants),
  /** Added to those of all environments. */
  criticalModels: names.default(DEFAULT_CONFIG.criticalModels),
})

/** The settings of safe-migrate.config.*; every key has a default, unknown keys are errors. */
export const configSchema = settingsSchema.extend({
  /** By name, in the order in which they are tried. */
  environments: z.record(z.string().min(1), environmentSchema).default(DEFAULT_CONFIG.environments),
})

/** What a configuration file says, defaults filled in. */
export type Config = z.infer<typeof configSchema>
/** What a configuration file may hold. */
export type ConfigInput = z.input<typeof configSchema>
