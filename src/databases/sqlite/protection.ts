import { quoteText } from '../../util/names.js'
import { type ProtectionMarks, UNREADABLE_MARK } from '../protection.js'

/**
 * A view of one constant row: Prisma takes a table that is not in its schema for drift, and refuses to deploy into a new database that has
 * one (P3005). Views it leaves alone.
 */
const VIEW = '"_safe_migrate_protection"'

export const protection: ProtectionMarks = {
  async read(connection) {
    const found = await connection.query("SELECT 1 FROM sqlite_master WHERE name = '_safe_migrate_protection'")
    if (found.length === 0) return null
    const rows = await connection.query(`SELECT "protected_by" AS by, "protected_at" AS at, "reason" FROM ${VIEW}`).catch(() => null)
    if (rows === null) return UNREADABLE_MARK
    const [row] = rows
    return row === undefined ? null : { by: String(row.by), at: String(row.at), reason: typeof row.reason === 'string' ? row.reason : null }
  },
  async write(connection, { by, at, reason }) {
    const values = `${quoteText(by)} AS "protected_by", ${quoteText(at)} AS "protected_at", ${reason === null ? 'NULL' : quoteText(reason)} AS "reason"`
    await connection.query(`BEGIN IMMEDIATE; DROP VIEW IF EXISTS ${VIEW}; CREATE VIEW ${VIEW} AS SELECT ${values}; COMMIT`)
  },
  async remove(connection) {
    await connection.query(`DROP VIEW IF EXISTS ${VIEW}`)
  },
}
