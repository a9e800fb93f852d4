import { Secret } from '../../util/secret.js'
import type { Target } from '../database.js'
import type { MigrationHold, RehearsalTools } from '../rehearsal.js'
import { connectTo } from './connection.js'
import { findReach } from './find-reach.js'
import { postgresql } from './postgresql.js'
import { PRISMA_LOCK } from './prisma-lock.js'
import { watchMigrations } from './watch-migrations.js'

export const rehearsalTools: RehearsalTools = {
  copyUrl,
  // A dump carries no statistics, and without them the planner may take another way than on the database itself.
  prepare: async (copy) => void (await copy.query('ANALYZE')),
  hold,
  watch: watchMigrations,
  findReach,
}

function copyUrl(target: Target): Secret {
  const url = new URL(target.url.reveal())
  url.pathname = `/${encodeURIComponent(target.name)}`
  // Some readers let these win over the path.
  for (const name of ['dbname', 'database']) url.searchParams.delete(name)
  return new Secret(url.href)
}

/** Prisma waits ten seconds for its lock and gives up (P1002): whatever leads it here, it changes nothing. */
async function hold(target: Target): Promise<MigrationHold | null> {
  const connection = await connectTo(postgresql, target, target.name)
  const [row] = await connection.query(`SELECT pg_try_advisory_lock(${PRISMA_LOCK}) AS held`)
  if (row?.held !== true) {
    await connection.close()
    return null
  }
  return {
    isAwaited: async () => {
      const waiting = await connection.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${PRISMA_LOCK} AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      return waiting.length > 0
    },
    release: () => connection.close(),
  }
}
