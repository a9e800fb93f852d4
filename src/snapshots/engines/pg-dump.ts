import { toolLimitation } from '../../databases/postgresql/connection-config.js'
import { SafeMigrateError } from '../../errors.js'
import type { Availability, RestoreOptions, RestoreOutcome, Snapshot, SnapshotContext, SnapshotEngine, TakenSnapshot } from '../snapshot.js'
import { adoptDatabase, closeDatabase } from './postgresql/adopt-database.js'
import { findRestoreTools, installHint } from './postgresql/archive.js'
import { readDatabaseFile } from './postgresql/database-file.js'
import { createEmptySql } from './postgresql/database-sql.js'
import { estimateDumpBytes } from './postgresql/estimate-bytes.js'
import { findLeftoverDatabases, removeLeftoverDatabase } from './postgresql/leftover-databases.js'
import { loadDump } from './postgresql/load-dump.js'
import { fillFromDump } from './postgresql/load-dump-in-place.js'
import { majorOf } from './postgresql/maintenance.js'
import { openDumpedTable } from './postgresql/open-dumped-table.js'
import { replaceDatabase } from './postgresql/replace-database.js'
import { requireKept, restoreInPlace } from './postgresql/restore-in-place.js'
import { readSwapRights } from './postgresql/restore-rights.js'
import { makeScratchDatabase } from './postgresql/scratch-database.js'
import { takeDump } from './postgresql/take-dump.js'
import { findTools } from './postgresql/tools.js'
import { verifyDump } from './postgresql/verify-dump.js'

/** PostgreSQL's own dump, in the directory format, by several processes. https://www.postgresql.org/docs/current/app-pgdump.html */
export const pgDump: SnapshotEngine = {
  id: 'pg-dump',
  databases: ['postgresql'],
  summary: "PostgreSQL's own pg_dump, parallel and compressed; needs a pg_dump at least as new as the server",
  fingerprintsCopy: false,
  provesRestore: true,
  checkAvailability,
  estimateBytes: estimateDumpBytes,
  take,
  verify: verifyDump,
  keepsReplaced: async (context, snapshot) =>
    (await readSwapRights(context.project.target, (await readDatabaseFile(snapshot)).properties)).allowed,
  restore,
  adoptReplaced: adoptDatabase,
  closeReplaced: closeDatabase,
  openTable: openDumpedTable,
  makeScratch: makeScratchDatabase,
  remove: async () => {},
  findLeftovers: ({ project }) => findLeftoverDatabases(project.target),
  removeLeftover: ({ project }, name) => removeLeftoverDatabase(project.target, name),
  discard: async () => {},
}

async function checkAvailability(context: SnapshotContext): Promise<Availability> {
  const { serverVersion } = context.connection
  const limitation = toolLimitation(context.project.target)
  if (limitation !== null) return { available: false, why: limitation, next: ['Use a connection URL without sslidentity for migrations.'] }
  const { tools, found } = await findTools(majorOf(serverVersion))
  if (tools !== null) {
    return { available: true, why: `pg-dump uses pg_dump ${tools.version} (${tools.folder}) for the server, PostgreSQL ${serverVersion}` }
  }
  const next = [`${installHint(majorOf(serverVersion))}, or name the folder that holds it: SAFE_MIGRATE_PG_BIN=/path/to/bin`]
  const newest = found.at(-1)
  if (newest === undefined) return { available: false, why: 'there is no pg_dump here (neither on PATH nor in the usual folders)', next }
  const why = `pg_dump ${newest.version} is older than the server, PostgreSQL ${serverVersion}, and would refuse it`
  return { available: false, why, next }
}

async function take(context: SnapshotContext, folder: string): Promise<TakenSnapshot> {
  const { tools } = await findTools(majorOf(context.connection.serverVersion))
  if (tools === null) throw new SafeMigrateError({ code: 'snapshot', message: (await checkAvailability(context)).why })
  return takeDump(context, tools, folder)
}

async function restore(context: SnapshotContext, snapshot: Snapshot, options: RestoreOptions): Promise<RestoreOutcome> {
  const { properties } = await readDatabaseFile(snapshot)
  const tools = await findRestoreTools(snapshot)
  const rights = await readSwapRights(context.project.target, properties)
  if (!rights.allowed) {
    requireKept(context, options.isKept, rights.why)
    return restoreInPlace(context, snapshot, options, fillFromDump(context, snapshot, tools))
  }
  return replaceDatabase(context, snapshot, {
    properties,
    isExactCopy: false,
    create: async (maintenance, name, serverMajor) => {
      await maintenance.query(createEmptySql(name, properties, serverMajor))
      await loadDump(context, snapshot, tools, name, serverMajor)
    },
  })
}
