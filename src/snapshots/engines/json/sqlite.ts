import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SafeMigrateError } from '../../../errors.js'
import { ownedName, removeAbandoned } from '../../../util/abandoned-folders.js'
import { PRIVATE_FOLDER } from '../../../util/durable-files.js'
import { findInequalities } from '../../equal-fingerprints.js'
import { readFingerprint } from '../../fingerprint-file.js'
import type { Snapshot, SnapshotContext } from '../../snapshot.js'
import { readNumber, withHandle } from '../sqlite/copy-pages.js'
import { makeScratchFile } from '../sqlite/make-scratch-file.js'
import { openAttached } from '../sqlite/open-attached.js'
import { requireIntegrity } from '../sqlite/require-integrity.js'
import { restoreFile } from '../sqlite/restore-file.js'
import { buildSqlite } from './build-sqlite.js'
import type { JsonEngine } from './json-engine.js'
import { takeJsonOfSqlite } from './take-sqlite.js'

const BUILDS = '.build-'

export const jsonOfSqlite: JsonEngine = {
  checkAvailability: async () => ({ available: true, why: '' }),
  estimateText: ({ project }) =>
    withHandle(project.target.name, {}, (handle) => readNumber(handle, 'page_count') * readNumber(handle, 'page_size')),
  take: takeJsonOfSqlite,
  verify: (context, snapshot) => withBuilt(snapshot, null, (file) => proveBuilt(context, snapshot, file)),
  keepsReplaced: async () => false,
  restore: (context, snapshot, options) =>
    withBuilt(snapshot, null, (file) => restoreFile(context, file, snapshot.manifest.details, options)),
  openTable: async (context, snapshot, table) => {
    const built = await build(snapshot, table.name)
    try {
      const opened = await openAttached(context, snapshot, built.file, table)
      return { ...opened, close: () => opened.close().finally(built.remove) }
    } catch (error) {
      await built.remove()
      throw error
    }
  },
  makeScratch: makeScratchFile,
}

interface Built {
  readonly file: string
  remove(): Promise<void>
}

/** The database in a file of its own, beside the snapshots: it holds what they hold. */
async function build(snapshot: Snapshot, only: string | null): Promise<Built> {
  const store = dirname(snapshot.folder)
  await removeAbandoned(store, BUILDS)
  const folder = join(store, ownedName(BUILDS, randomBytes(4).toString('hex')))
  const remove = () => rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: PRIVATE_FOLDER })
  try {
    const file = join(folder, 'database.sqlite')
    await buildSqlite(snapshot, file, only)
    return { file, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function withBuilt<T>(snapshot: Snapshot, only: string | null, work: (file: string) => Promise<T>): Promise<T> {
  const { file, remove } = await build(snapshot, only)
  try {
    return await work(file)
  } finally {
    await remove()
  }
}

/** What the JSON makes is what was there, value by value. */
async function proveBuilt(context: SnapshotContext, snapshot: Snapshot, file: string): Promise<void> {
  await withHandle(file, { readonly: true }, (handle) =>
    requireIntegrity(context, handle, `What the JSON of snapshot ${snapshot.id} makes`, 'all'),
  )
  const { onProgress, project } = context
  const { database, target } = project
  const connection = await database.connect({ ...target, name: file, label: `what snapshot ${snapshot.id} makes` })
  try {
    const actual = await database.fingerprint(connection, { onProgress })
    const options = { digests: true, definitions: true, sequences: true }
    const differences = findInequalities(await readFingerprint(snapshot), actual, options)
    if (differences.length > 0) throw unequal(snapshot, differences)
  } finally {
    await connection.close()
  }
}

function unequal(snapshot: Snapshot, differences: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `The JSON of snapshot ${snapshot.id} does not make the same database again.`,
    why: `${differences.slice(0, 5).join('; ')}.`,
    next: ['Use another engine: --engine sqlite-backup'],
  })
}
