import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { writePrivateFile } from '../../../util/durable-files.js'
import type { Snapshot } from '../../snapshot.js'
import { rowsOfFile, type WriteRows } from '../postgresql/copy-text.js'
import { STAGES } from './schema/reader.js'

const COPY_FILE = 'copy.json'
export const ROWS_FOLDER = 'rows'

const copyFileSchema = z.object({
  /** Of the rows. */
  encoding: z.string(),
  /** What makes everything but the rows again, in order. */
  entries: z.array(
    z.object({
      name: z.string(),
      stage: z.enum(STAGES),
      sql: z.string(),
      after: z.array(z.number()).readonly(),
      tables: z.array(z.string()).readonly(),
    }),
  ),
  /** Files with rows in COPY's text format; several of a large table. */
  parts: z.array(
    z.object({
      /** OID of the table. */
      table: z.string(),
      /** Path relative to the snapshot's folder, with `/`. */
      file: z.string(),
      rows: z.number(),
      /** Before compression. */
      bytes: z.number(),
    }),
  ),
  sequences: z.array(z.object({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })),
  /** Numbers of all, and the file with their pieces. */
  largeObjects: z.object({ oids: z.array(z.string()), owners: z.array(z.string()), file: z.string().nullable(), rows: z.number() }),
})

/** What the engine copy keeps beside the rows. */
export type CopyFile = z.infer<typeof copyFileSchema>
export type CopiedPart = CopyFile['parts'][number]

export async function writeCopyFile(folder: string, file: CopyFile): Promise<void> {
  await writePrivateFile(join(folder, COPY_FILE), `${JSON.stringify(file)}\n`)
}

/** @throws SafeMigrateError `snapshot` */
export async function readCopyFile(snapshot: Pick<Snapshot, 'id' | 'folder'>): Promise<CopyFile> {
  try {
    return copyFileSchema.parse(JSON.parse(await readFile(join(snapshot.folder, COPY_FILE), 'utf8')))
  } catch (error) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The ${COPY_FILE} of snapshot ${snapshot.id} cannot be read.`,
      why: messageOf(error),
      next: ['Use another snapshot: safe-migrate snapshot list'],
    })
  }
}

/** Rows of a table, or some of them. */
export interface RowsPart {
  /** OID of the table. */
  readonly table: string
  readonly bytes: number
  readonly write: WriteRows
}

export function partsOfFiles(snapshot: Pick<Snapshot, 'folder'>, { parts }: CopyFile): readonly RowsPart[] {
  return parts.map(({ table, bytes, file }) => ({ table, bytes, write: rowsOfFile(join(snapshot.folder, file)) }))
}

/** In order; null when there are none. */
export function partsOfTable(parts: readonly RowsPart[], table: string): readonly WriteRows[] | null {
  const found = parts.filter((part) => part.table === table).map(({ write }) => write)
  return found.length === 0 ? null : found
}
