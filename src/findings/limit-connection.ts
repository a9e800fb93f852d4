import type { Connection, Row } from '../databases/database.js'

/** The connection as measuring uses it: the same query runs once, and none starts after `budget` milliseconds. Must be inside a read-only transaction. */
export function limitConnection(connection: Connection, budget: number): Connection {
  const deadline = Date.now() + budget
  const known = new Map<string, readonly Row[]>()
  const query: Connection['query'] = async (sql, parameters) => {
    if (parameters !== undefined || !/^\s*(select|with)\b/i.test(sql)) return connection.query(sql, parameters)
    const before = known.get(sql)
    if (before !== undefined) return before
    if (Date.now() > deadline) throw new Error('the time for measuring was spent (impactBudget)')
    const rows = await connection.query(sql)
    known.set(sql, rows)
    return rows
  }
  return { ...connection, query }
}
