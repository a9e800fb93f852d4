import { quoteIdentifier } from '../../util/names.js'
import type { Database } from '../database.js'
import { readCatalog } from './catalog.js'
import { comparison } from './comparison.js'
import { fileExists, identifyFile, openConnection } from './connection.js'
import { valueBinding } from './field-value.js'
import { readMigrationRows } from './migration-rows.js'
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
  connect: (target) => openConnection(sqlite, target),
  exists: async (target) => fileExists(target),
  readMigrationRows,
  readCatalog,
  values: valueBinding,
  comparison,
  fingerprint: async (connection, options) => (await import('./fingerprint.js')).fingerprint(connection, options),
  lock: async (target, wait) => (await import('./lock.js')).acquireLock(target, wait),
  identify: async ({ target }) => identifyFile(target),
  protection,
}
