import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Fingerprint } from '../databases/fingerprint.js'
import { messageOf, SafeMigrateError } from '../errors.js'
import { writePrivateFile } from '../util/durable-files.js'
import type { Snapshot } from './snapshot.js'

export const FINGERPRINT_FILE = 'fingerprint.json'

/** Only the outline: the file's SHA-256 is in the manifest, and what the databases add must not be cut off here. */
const outlineSchema = z.looseObject({
  takenAt: z.string(),
  tables: z.array(
    z.looseObject({ id: z.string(), name: z.string(), rows: z.number(), columns: z.array(z.looseObject({ name: z.string() })) }),
  ),
  objects: z.array(z.looseObject({ type: z.string(), name: z.string() })),
  sequences: z.array(z.looseObject({ name: z.string() })),
  violations: z.array(z.looseObject({ name: z.string() })),
  rowsIn: z.string().optional(),
})

export async function writeFingerprint(folder: string, fingerprint: Fingerprint): Promise<void> {
  const { rowsIn, ...rest } = fingerprint
  const json = rowsIn === undefined ? rest : { ...rest, rowsIn: basename(rowsIn) }
  await writePrivateFile(join(folder, FINGERPRINT_FILE), `${JSON.stringify(json)}\n`)
}

/** Of a snapshot whose files are in `folder` now. */
export function relocate(fingerprint: Fingerprint, folder: string): Fingerprint {
  const { rowsIn } = fingerprint
  return rowsIn === undefined ? fingerprint : { ...fingerprint, rowsIn: join(folder, basename(rowsIn)) }
}

/** The fingerprint of the moment that the snapshot shows. @throws SafeMigrateError `snapshot` */
export async function readFingerprint(snapshot: Pick<Snapshot, 'id' | 'folder'>): Promise<Fingerprint> {
  try {
    const json: unknown = JSON.parse(await readFile(join(snapshot.folder, FINGERPRINT_FILE), 'utf8'))
    outlineSchema.parse(json)
    return relocate(json as Fingerprint, snapshot.folder)
  } catch (error) {
    throw new SafeMigrateError({
      code: 'snapshot',
      message: `The ${FINGERPRINT_FILE} of snapshot ${snapshot.id} cannot be read.`,
      why: messageOf(error),
      next: ['Use another snapshot: safe-migrate snapshot list'],
    })
  }
}
