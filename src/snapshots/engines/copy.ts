import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Availability, RestoreOptions, RestoreOutcome, Snapshot, SnapshotContext, SnapshotEngine } from '../snapshot.js'
import { partsOfFiles, partsOfTable, readCopyFile } from './copy/copy-file.js'
import { type FindParts, fillFromCopy, loadCopy } from './copy/load-copy.js'
import { takeCopy } from './copy/take-copy.js'
import { adoptDatabase, closeDatabase } from './postgresql/adopt-database.js'
import { readDatabaseFile } from './postgresql/database-file.js'
import { createEmptySql } from './postgresql/database-sql.js'
import { estimateDumpBytes } from './postgresql/estimate-bytes.js'
import { findLeftoverDatabases, removeLeftoverDatabase } from './postgresql/leftover-databases.js'
import { majorOf } from './postgresql/maintenance.js'
import { openCopiedRows } from './postgresql/open-copied-rows.js'
import { replaceDatabase } from './postgresql/replace-database.js'
import { requireKept, restoreInPlace } from './postgresql/restore-in-place.js'
import { readSwapRights } from './postgresql/restore-rights.js'
import { makeScratchDatabase } from './postgresql/scratch-database.js'
import { readToEnd, verifyRows } from './postgresql/verify-rows.js'

/** The oldest version whose catalogs are read. */
const OLDEST_MAJOR = 12

/** Rows by parallel COPY, everything else from the catalogs; needs nothing but the connection. https://www.postgresql.org/docs/current/sql-copy.html */
export const copy: SnapshotEngine = {
  id: 'copy',
  databases: ['postgresql'],
  summary: 'reads all rows (COPY) and the schema itself, over several connections that see one moment; needs no tool',
  fingerprintsCopy: false,
  provesRestore: true,
  checkAvailability,
  estimateBytes: estimateDumpBytes,
  take: takeCopy,
  verify,
  keepsReplaced: async (context, snapshot) =>
    (await readSwapRights(context.project.target, (await readDatabaseFile(snapshot)).properties)).allowed,
  restore: (context, snapshot, options) => restoreCopy(context, snapshot, options),
  adoptReplaced: adoptDatabase,
  closeReplaced: closeDatabase,
  openTable: async (context, snapshot, table) => {
    const file = await readCopyFile(snapshot)
    const parts = partsOfFiles(snapshot, file)
    return openCopiedRows(context, snapshot, table, {
      partsOf: ({ id }) => partsOfTable(parts, id) ?? [],
      encoding: file.encoding,
    })
  },
  makeScratch: makeScratchDatabase,
  remove: async () => {},
  findLeftovers: ({ project }) => findLeftoverDatabases(project.target),
  removeLeftover: ({ project }, name) => removeLeftoverDatabase(project.target, name),
  discard: async () => {},
}

async function checkAvailability({ connection }: SnapshotContext): Promise<Availability> {
  const { serverVersion } = connection
  if (majorOf(serverVersion) < OLDEST_MAJOR) {
    return { available: false, why: `copy needs PostgreSQL ${OLDEST_MAJOR} or later, and the server is PostgreSQL ${serverVersion}` }
  }
  const why = `copy reads rows and schema of PostgreSQL ${serverVersion} itself, over ${Math.max(2, Math.min(4, availableParallelism()))} connections, and needs no pg_dump`
  return { available: true, fit: 'substitute', why }
}

async function verify(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const file = await readCopyFile(snapshot)
  const parts = partsOfFiles(snapshot, file)
  await verifyRows(context, snapshot, ({ id }) => partsOfTable(parts, id))
  if (file.largeObjects.file !== null) await readToEnd(snapshot, join(snapshot.folder, file.largeObjects.file))
}

/** @param findParts where the rows are, when not in files of the engine's own */
export async function restoreCopy(
  context: SnapshotContext,
  snapshot: Snapshot,
  options: RestoreOptions,
  findParts?: FindParts,
): Promise<RestoreOutcome> {
  const { properties } = await readDatabaseFile(snapshot)
  const rights = await readSwapRights(context.project.target, properties)
  if (!rights.allowed) {
    requireKept(context, options.isKept, rights.why)
    return restoreInPlace(context, snapshot, options, fillFromCopy(context, snapshot, findParts))
  }
  return replaceDatabase(context, snapshot, {
    properties,
    isExactCopy: false,
    create: async (maintenance, name, serverMajor) => {
      await maintenance.query(createEmptySql(name, properties, serverMajor))
      await loadCopy(context, snapshot, name, findParts)
    },
  })
}
