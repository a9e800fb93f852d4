import { messageOf, SafeMigrateError } from '../../errors.js'
import { formatBytes } from '../../util/bytes.js'
import { quoteIdentifier as quote, quoteText } from '../../util/names.js'
import { findInequalities } from '../equal-fingerprints.js'
import { readFingerprint } from '../fingerprint-file.js'
import type {
  Availability,
  RestoreOutcome,
  Snapshot,
  SnapshotContext,
  SnapshotEngine,
  SnapshotPurpose,
  TakenSnapshot,
} from '../snapshot.js'
import { adoptDatabase, closeDatabase, describeDatabase } from './postgresql/adopt-database.js'
import { readDatabaseFile } from './postgresql/database-file.js'
import { templateDatabaseName } from './postgresql/database-names.js'
import { createCopySql } from './postgresql/database-sql.js'
import { dropDatabase, hasDatabase } from './postgresql/drop-database.js'
import { findLeftoverDatabases, removeLeftoverDatabase } from './postgresql/leftover-databases.js'
import { firstRow, majorOf, withDatabase, withMaintenance } from './postgresql/maintenance.js'
import { openTemplateTable } from './postgresql/open-template-table.js'
import { readCopy } from './postgresql/read-copy.js'
import { replaceDatabase } from './postgresql/replace-database.js'
import { readCopyRights } from './postgresql/restore-rights.js'
import { makeScratchDatabase } from './postgresql/scratch-database.js'
import { requireRoomOnServer } from './postgresql/server-room.js'
import { describeSessions, waitUntilAlone } from './postgresql/sessions.js'
import { setConnectable, templateOf, withTemplate } from './postgresql/template-access.js'

/** Files copied inside the server. https://www.postgresql.org/docs/current/manage-ag-templatedbs.html */
export const pgTemplate: SnapshotEngine = {
  id: 'pg-template',
  databases: ['postgresql'],
  summary: 'a copy of the database inside the server (CREATE DATABASE … TEMPLATE); fast, needs nobody else to be connected',
  fingerprintsCopy: true,
  provesRestore: true,
  outside: 'all',
  checkAvailability,
  estimateBytes: async () => 0,
  take,
  verify,
  keepsReplaced: async () => true,
  restore,
  adoptReplaced: adoptDatabase,
  closeReplaced: closeDatabase,
  openTable: openTemplateTable,
  isThere: (context, snapshot) => hasDatabase(context.project.target, templateOf(snapshot)),
  makeScratch: makeScratchDatabase,
  remove: (context, snapshot) => dropDatabase(context.project.target, templateOf(snapshot)),
  findLeftovers: ({ project }) => findLeftoverDatabases(project.target),
  removeLeftover: ({ project }, name) => removeLeftoverDatabase(project.target, name),
  discard: async ({ project }, id, withdrawn) => {
    await dropDatabase(project.target, templateDatabaseName(project.target.name, id))
    // One that a restore had replaced has another name.
    if (withdrawn !== null) await dropDatabase(project.target, templateOf(withdrawn))
  },
}

/** How long others may take to leave, in milliseconds. `dev` has just run Prisma; elsewhere an application that stays is the rule. */
const PATIENCE: Readonly<Record<SnapshotPurpose, number>> = { dev: 3000, deploy: 500, manual: 500, restore: 500, rehearsal: 500 }

async function checkAvailability(context: SnapshotContext, purpose: SnapshotPurpose): Promise<Availability> {
  const { connection } = context
  const { target } = context.project
  try {
    const row = firstRow(
      await connection.query(
        'SELECT pg_get_userbyid(datdba) AS owner, pg_database_size(oid)::text AS bytes FROM pg_database WHERE datname = current_database()',
      ),
    )
    const rights = await readCopyRights(connection, target.name, String(row.owner))
    if (!rights.allowed) return { available: false, why: rights.why, next: [`Allow it: ALTER ROLE … CREATEDB`] }
    await withMaintenance(target, async () => {})
    const others = describeSessions(await waitUntilAlone(connection, target.name, PATIENCE[purpose]))
    if (others.length > 0)
      return { available: false, why: `others are connected to "${target.name}": ${others.join('; ')}`, next: ['Close these connections'] }
    const bytes = formatBytes(Number(row.bytes))
    const fit = purpose === 'rehearsal' || (purpose === 'dev' && target.isLocal) ? 'best' : 'fallback'
    return {
      available: true,
      fit,
      why: `pg-template copies the ${bytes} of the database inside the server, which nobody else is using, and a restore is a copy and a rename`,
    }
  } catch (error) {
    return { available: false, why: error instanceof SafeMigrateError ? `${error.message} ${error.why ?? ''}` : messageOf(error) }
  }
}

async function take(context: SnapshotContext, folder: string, id: string): Promise<TakenSnapshot> {
  const { target } = context.project
  const name = templateDatabaseName(target.name, id)
  const { owner, bytes } = firstRow(
    await context.connection.query(
      'SELECT pg_get_userbyid(datdba) AS owner, pg_database_size(oid)::text AS bytes FROM pg_database WHERE datname = current_database()',
    ),
  )
  await requireRoomOnServer(context, context.connection, Number(bytes), {
    why: 'Without a snapshot nothing may be migrated. Nothing was changed.',
    next: ['Remove old snapshots: safe-migrate snapshot list', 'Or use another engine: --engine pg-dump'],
  })
  await context.onStep?.('create-database', { database: name })
  context.onProgress({ step: 'Copying the database' })
  await context.withoutConnection(() =>
    withMaintenance(target, async (maintenance) => {
      await maintenance.query(createCopySql(name, target.name, String(owner), majorOf(maintenance.serverVersion)))
    }),
  )
  const { fingerprint, details } = await describeDatabase(context, name, folder, target.name)
  await setConnectable(target, name, false)
  await withMaintenance(target, async (maintenance) => {
    const comment = `safe-migrate snapshot ${id} of database ${target.name}; to remove it, drop this database and the snapshot's folder`
    await maintenance.query(`COMMENT ON DATABASE ${quote(name)} IS ${quoteText(comment)}`)
  })
  return { fingerprint, details }
}

async function verify(context: SnapshotContext, snapshot: Snapshot): Promise<void> {
  const { target } = context.project
  const name = await requireThere(context, snapshot)
  const expected = await readFingerprint(snapshot)
  const differences = await withTemplate(target, snapshot, () =>
    withDatabase(target, name, async (connection) => {
      const actual = await readCopy(context, connection, expected)
      const isSame = majorOf(connection.serverVersion) === majorOf(snapshot.manifest.serverVersion)
      return findInequalities(expected, actual, { digests: isSame, definitions: isSame, sequences: true })
    }),
  )
  if (differences.length > 0) throw damaged(snapshot, `its database "${name}" was changed: ${differences.slice(0, 5).join('; ')}`)
}

/** @returns the name of its database */
async function requireThere({ project }: SnapshotContext, snapshot: Snapshot): Promise<string> {
  const name = templateOf(snapshot)
  if (!(await hasDatabase(project.target, name))) throw damaged(snapshot, `its database "${name}" is not on the server any more`)
  return name
}

async function restore(context: SnapshotContext, snapshot: Snapshot): Promise<RestoreOutcome> {
  await requireThere(context, snapshot)
  const { properties } = await readDatabaseFile(snapshot)
  return replaceDatabase(context, snapshot, {
    properties,
    isExactCopy: true,
    // The snapshot is copied, not renamed itself: it must still be there when this restore turns out to have been wrong.
    create: async (maintenance, name, serverMajor) => {
      context.onProgress({ step: 'Copying the snapshot' })
      await maintenance.query(createCopySql(name, templateOf(snapshot), properties.owner, serverMajor))
    },
  })
}

function damaged(snapshot: Snapshot, why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} cannot be used: ${why}.`,
    why: 'What it holds cannot be trusted, so nothing was restored from it.',
    next: ['Use another one: safe-migrate snapshot list'],
  })
}
