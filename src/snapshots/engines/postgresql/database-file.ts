import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { writePrivateFile } from '../../../util/durable-files.js'
import type { Snapshot } from '../../snapshot.js'

const DATABASE_FILE = 'database.json'

const grantSchema = z.object({
  grantor: z.string(),
  /** Null is PUBLIC. */
  grantee: z.string().nullable(),
  privilege: z.string(),
  grantable: z.boolean(),
})

/** What belongs to the database as a whole, and to no object in it. https://www.postgresql.org/docs/current/catalog-pg-database.html */
const propertiesSchema = z.object({
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  provider: z.enum(['libc', 'icu', 'builtin']),
  /** Of ICU and the built-in provider. */
  locale: z.string().nullable(),
  icuRules: z.string().nullable(),
  tablespace: z.string(),
  connectionLimit: z.number(),
  comment: z.string().nullable(),
  /** Null: the default. */
  acl: z.array(grantSchema).nullable(),
  /** `ALTER DATABASE … SET`, or `ALTER ROLE … IN DATABASE … SET` where a role is named. */
  settings: z.array(z.object({ role: z.string().nullable(), name: z.string(), value: z.string() })),
  securityLabels: z.array(z.object({ provider: z.string(), label: z.string() })),
})

export type DatabaseProperties = z.infer<typeof propertiesSchema>

const tableSchema = z.object({
  /** OID, as in the fingerprint and in pg_dump's table of contents. */
  id: z.string(),
  schema: z.string(),
  name: z.string(),
  /** Rows are in a file of its own; not so of views, partitioned and foreign tables. */
  hasRows: z.boolean(),
  /** Of an extension: pg_dump leaves out the rows that the extension itself brings. */
  ofExtension: z.boolean(),
  /** OIDs of the tables that hold the rows of a partitioned one. */
  partitions: z.array(z.string()),
  /** In order. */
  columns: z.array(
    z.object({
      name: z.string(),
      /** A type that can hold every value as it was, on any later state of the database. */
      loadType: z.string(),
      /** Expression of a generated column; its values are in no dump. */
      generated: z.string().nullable(),
    }),
  ),
})

export type TableLayout = z.infer<typeof tableSchema>

const extensionSchema = z.object({ name: z.string(), version: z.string(), schema: z.string() })

const databaseFileSchema = z.object({
  properties: propertiesSchema,
  tables: z.array(tableSchema),
  extensions: z.array(extensionSchema),
  /** For people: what this database has and no snapshot of it can carry. */
  notCarried: z.array(z.string()),
})

/** What we keep beside the dump or the template database. */
export type DatabaseFile = z.infer<typeof databaseFileSchema>

export const parseProperties = (value: unknown): DatabaseProperties => propertiesSchema.parse(value)
export const parseTables = (value: unknown): TableLayout[] => z.array(tableSchema).parse(value)
export const parseExtensions = (value: unknown): DatabaseFile['extensions'] => z.array(extensionSchema).parse(value)

export async function writeDatabaseFile(folder: string, file: DatabaseFile): Promise<void> {
  await writePrivateFile(join(folder, DATABASE_FILE), `${JSON.stringify(file)}\n`)
}

/** @throws SafeMigrateError `snapshot` */
export async function readDatabaseFile(snapshot: Pick<Snapshot, 'id' | 'folder'>): Promise<DatabaseFile> {
  try {
    return databaseFileSchema.parse(JSON.parse(await readFile(join(snapshot.folder, DATABASE_FILE), 'utf8')))
  } catch (error) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The ${DATABASE_FILE} of snapshot ${snapshot.id} cannot be read.`,
      why: messageOf(error),
      next: ['Use another snapshot: safe-migrate snapshot list'],
    })
  }
}
