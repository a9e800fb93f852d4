import type { Connection, Target } from '../database.js'
import type { MigrationWatch } from '../rehearsal.js'
import { sqlite } from './sqlite.js'

/** A file has no sessions to look at; what was rebuilt is seen afterwards. */
export async function watchMigrations(target: Target): Promise<MigrationWatch> {
  const before = await readRoots(target)
  return {
    stop: async () => {
      const after = await readRoots(target)
      const rewritten = [...before].filter(([name, page]) => after.has(name) && after.get(name) !== page)
      return {
        interval: null,
        statements: [],
        locks: [],
        rewritten: rewritten.map(([table]) => ({ schema: null, table, bytes: null, query: null })),
      }
    },
  }
}

/** Where the rows of each table begin; a table that was built anew begins elsewhere. With auto_vacuum they all wander. https://www.sqlite.org/pragma.html#pragma_auto_vacuum */
async function readRoots(target: Target): Promise<ReadonlyMap<string, string>> {
  const connection = await sqlite.connect(target)
  try {
    return (await moves(connection)) ? new Map() : await readPages(connection)
  } finally {
    await connection.close()
  }
}

async function moves(connection: Connection): Promise<boolean> {
  return (await connection.query('PRAGMA auto_vacuum')).some((row) => Number(row.auto_vacuum) !== 0)
}

async function readPages(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.query(
    "SELECT name, rootpage FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_prisma_migrations'",
  )
  return new Map(rows.map((row) => [String(row.name), String(row.rootpage)]))
}
