import { lstat, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../errors.js'
import { sha256OfText } from '../util/sha256.js'
import { MANIFEST_FORMAT, type Manifest, manifestSchema } from './manifest.js'

export const MANIFEST_FILE = 'manifest.json'

/** The manifest as text for its file, checksum included. */
export function writeManifest(manifest: Omit<Manifest, 'checksum'>): string {
  return textOf({ ...manifest, checksum: checksumOf(manifest) })
}

/** @throws SafeMigrateError `snapshot`: missing, unreadable, damaged, of a newer format, or of another snapshot */
export async function readManifest(folder: string, id = basename(folder)): Promise<Manifest> {
  return parseManifest(await readText(id, join(folder, MANIFEST_FILE)), id)
}

/** The same from its text. */
export function parseManifest(text: string, id: string): Manifest {
  const json = parseJson(id, text)
  const head = z.looseObject({ format: z.number() }).safeParse(json)
  if (head.success && head.data.format > MANIFEST_FORMAT) throw newerFormat(id, head.data.format)
  const parsed = manifestSchema.safeParse(json)
  if (!parsed.success) throw damaged(id, `its manifest.json lacks what it needs: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
  const { checksum, ...rest } = parsed.data
  if (checksumOf(rest) !== checksum) throw damaged(id, 'its manifest.json is not as it was written (checksum).')
  if (parsed.data.id !== id) throw damaged(id, `its manifest.json belongs to snapshot ${parsed.data.id}.`)
  const outside = parsed.data.files.find((file) => file.path.split('/').includes('..') || file.path.startsWith('/'))
  if (outside) throw damaged(id, `its manifest.json names a file outside the snapshot: ${outside.path}`)
  return parsed.data
}

// Only what the schema knows is checked and kept, in the order of the schema: other whitespace or order is no damage.
function checksumOf(manifest: Omit<Manifest, 'checksum'>): string {
  return sha256OfText(textOf(manifestSchema.parse({ ...manifest, checksum: '' })))
}

function textOf(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

async function readText(id: string, file: string): Promise<string> {
  try {
    if ((await lstat(file)).isFile()) return await readFile(file, 'utf8')
  } catch (error) {
    throw damaged(id, `its manifest.json cannot be read: ${messageOf(error)}`)
  }
  throw damaged(id, 'its manifest.json is no file of its own, but a link or a device.')
}

function parseJson(id: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damaged(id, `its manifest.json is not JSON: ${messageOf(error)}`)
  }
}

function damaged(id: string, why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${id} cannot be used: ${why}`,
    why: 'What it holds cannot be trusted, so nothing was restored from it.',
    next: ['Use another one: safe-migrate snapshot list', 'Or fetch an undamaged copy of the folder from your backups.'],
  })
}

function newerFormat(id: string, format: number): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${id} was written by a newer safe-migrate (format ${format}); this one reads formats up to ${MANIFEST_FORMAT}.`,
    why: 'Reading it by old rules could misunderstand it.',
    next: ['Update safe-migrate: npm install safe-migrate@latest'],
  })
}
