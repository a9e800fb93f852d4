import { quoteIdentifier } from '../../util/names.js'
import type { Database } from '../database.js'
import { comparison } from './comparison.js'
import { valueBinding } from './field-value.js'
import { protection } from './protection.js'
import { readTarget } from './target.js'

export const sqlite: Database = {
  id: 'sqlite',
  name: 'SQLite',
  providers: ['sqlite'],
  traits: { batchIsTransaction: false, transactionalDdl: true, enforcesTypes: false, isFile: true },
  readTarget,
  parse: async (source) => (await import('./parse.js')).parseSqlite(source),
  quoteName: quoteIdentifier,
  connect: async (target) => (await import('./connection.js')).openConnection(sqlite, target),
  exists: async (target) => (await import('./connection.js')).fileExists(target),
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
  isConnectionLost: () => false,
  isHiddenByPolicy: () => false,
  isRefusal: (error) => /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(error instanceof Error && 'code' in error ? String(error.code) : ''),
  identify: async ({ target }) => (await import('./connection.js')).identifyFile(target),
  changeEvidence: async () => (await import('./change-evidence.js')).changeEvidence,
  protection,
  rowRestore: async () => (await import('./row-restore.js')).rowRestore,
  // Who writes to it is a process, and keeps it locked.
  findMigrating: async () => ({ sessions: [], unseen: 'which cannot be seen in a file' }),
  rehearsal: async () => (await import('./rehearsal.js')).rehearsalTools,
  salvage: async () => (await import('./salvage.js')).salvage,
}
