import type { DatabaseId } from '../../databases/database.js'
import { formatBytes } from '../../util/bytes.js'
import type { Availability, SnapshotContext, SnapshotEngine, SnapshotPurpose } from '../snapshot.js'
import { copy } from './copy.js'
import type { JsonEngine } from './json/json-engine.js'
import { jsonOfPostgresql } from './json/postgresql.js'
import { jsonOfSqlite } from './json/sqlite.js'

const ENGINES: Readonly<Record<DatabaseId, JsonEngine>> = { postgresql: jsonOfPostgresql, sqlite: jsonOfSqlite }
/** From here on it is no small database. */
const LARGE = 200_000_000
/** Pages are never full, and may be full of what was deleted: the least that is left of them as text. */
const LEAST_SHARE = 10

const of = ({ project }: SnapshotContext): JsonEngine => ENGINES[project.database.id]

/** Rows as readable JSON in one file, and beside it what makes the rest again; for small databases. */
export const json: SnapshotEngine = {
  id: 'json',
  databases: ['postgresql', 'sqlite'],
  summary:
    'all rows as JSON that people can read, in one file, and what makes the schema again; for small databases; never chosen by itself',
  fingerprintsCopy: false,
  isOffered: () => false,
  checkAvailability,
  estimateBytes: async (context) => Math.ceil((await of(context).estimateText(context)) / LEAST_SHARE),
  take: (context, folder, id) => of(context).take(context, folder, id),
  verify: (context, snapshot, depth) => of(context).verify(context, snapshot, depth),
  keepsReplaced: (context, snapshot) => of(context).keepsReplaced(context, snapshot),
  restore: (context, snapshot, options) => of(context).restore(context, snapshot, options),
  adoptReplaced: async (context, replaced, folder) => {
    if (copy.adoptReplaced === undefined) throw new Error('nothing was kept')
    return copy.adoptReplaced(context, replaced, folder)
  },
  closeReplaced: async (context, replaced) => copy.closeReplaced?.(context, replaced),
  openTable: (context, snapshot, table) => of(context).openTable(context, snapshot, table),
  makeScratch: (context, snapshot) => of(context).makeScratch(context, snapshot),
  remove: async () => {},
  discard: async () => {},
}

async function checkAvailability(context: SnapshotContext, purpose: SnapshotPurpose): Promise<Availability> {
  const engine = of(context)
  const checked = await engine.checkAvailability(context, purpose)
  if (!checked.available) return { ...checked, why: checked.why.replace(/^copy /, 'json ') }
  const bytes = await engine.estimateText(context)
  const others = context.project.database.traits.isFile ? 'sqlite-backup is' : 'copy and pg-dump are'
  const size = bytes < LARGE ? '' : ` (about ${formatBytes(bytes)} here: ${others} faster, and much smaller)`
  return { available: true, fit: 'fallback', why: `json writes every row as text that people can read${size}` }
}
