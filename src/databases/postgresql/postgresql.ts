import { quoteIdentifier } from '../../util/names.js'
import type { Database } from '../database.js'
import { comparison } from './comparison.js'
import { isConnectionLost, isHiddenByPolicy, isRefusal } from './connection-errors.js'
import { valueBinding } from './field-value.js'
import { protection } from './protection.js'
import { readTarget } from './target.js'

export const postgresql: Database = {
  id: 'postgresql',
  name: 'PostgreSQL',
  providers: ['postgresql', 'postgres'],
  traits: { batchIsTransaction: true, transactionalDdl: true, enforcesTypes: true, isFile: false },
  readTarget,
  // `check` needs no driver, and a run with nothing pending no grammar: each is loaded when there is something for it to do.
  parse: async (source) => (await import('./parse.js')).parsePostgresql(source),
  quoteName: quoteIdentifier,
  connect: async (target) => (await import('./connection.js')).openConnection(postgresql, target),
  exists: async (target) => (await import('./connection.js')).databaseExists(target),
  readMigrationRows: async (connection) => (await import('./migration-rows.js')).readMigrationRows(connection),
  readCatalog: async (connection) => (await import('./catalog.js')).readCatalog(connection),
  values: valueBinding,
  readJsonRows: async (...given) => (await import('./json-rows.js')).readJsonRows(...given),
  readRows: async (...given) => (await import('./read-rows.js')).readRows(...given),
  readAnswers: async (...given) => (await import('./answer.js')).readAnswers(...given),
  openJsonStage: async (target) => (await import('./json-stage.js')).openJsonStage(target),
  comparison,
  fingerprint: async (connection, options) => (await import('./fingerprint.js')).fingerprint(connection, options),
  lock: async (target, wait) => (await import('./lock.js')).acquireLock(target, wait),
  isConnectionLost,
  isHiddenByPolicy,
  isRefusal,
  identify: async (connection) => (await import('./connection.js')).identifyDatabase(connection),
  changeEvidence: async () => (await import('./change-evidence.js')).changeEvidence,
  protection,
  rowRestore: async () => (await import('./row-restore.js')).rowRestore,
  findMigrating: async (...given) => (await import('./find-migrating.js')).findMigrating(...given),
  rehearsal: async () => (await import('./rehearsal.js')).rehearsalTools,
  salvage: async () => (await import('./salvage.js')).salvage,
}
