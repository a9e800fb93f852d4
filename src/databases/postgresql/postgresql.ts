import { quoteIdentifier } from '../../util/names.js'
import type { Database } from '../database.js'
import { readCatalog } from './catalog.js'
import { comparison } from './comparison.js'
import { databaseExists, identifyDatabase, openConnection } from './connection.js'
import { valueBinding } from './field-value.js'
import { readMigrationRows } from './migration-rows.js'
import { protection } from './protection.js'
import { readTarget } from './target.js'

export const postgresql: Database = {
  id: 'postgresql',
  name: 'PostgreSQL',
  providers: ['postgresql', 'postgres'],
  traits: { batchIsTransaction: true, transactionalDdl: true, enforcesTypes: true, isFile: false },
  readTarget,
  // The grammar costs a tenth of a second to load: only when there is something to read.
  parse: async (source) => (await import('./parse.js')).parsePostgresql(source),
  quoteName: quoteIdentifier,
  connect: (target) => openConnection(postgresql, target),
  exists: databaseExists,
  readMigrationRows,
  readCatalog,
  values: valueBinding,
  comparison,
  fingerprint: async (connection, options) => (await import('./fingerprint.js')).fingerprint(connection, options),
  lock: async (target, wait) => (await import('./lock.js')).acquireLock(target, wait),
  identify: identifyDatabase,
  protection,
}
