import { type ProtectionMarks, UNREADABLE_MARK } from '../protection.js'

/** A schema of its own: Prisma looks only at those that it manages, so it neither drafts a DROP of it nor resets it. */
const TABLE = '"safe_migrate"."protection"'

const FIND = `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'safe_migrate' AND c.relname = 'protection'`

const CREATE = `CREATE SCHEMA IF NOT EXISTS "safe_migrate";
  CREATE TABLE IF NOT EXISTS ${TABLE} (
    "only_row" boolean PRIMARY KEY DEFAULT true CHECK ("only_row"),
    "protected_by" text NOT NULL, "protected_at" timestamptz NOT NULL, "reason" text);
  GRANT USAGE ON SCHEMA "safe_migrate" TO PUBLIC; GRANT SELECT ON ${TABLE} TO PUBLIC;
  COMMENT ON SCHEMA "safe_migrate" IS 'This database is protected: see "safe-migrate protect"'`

const WRITE = `INSERT INTO ${TABLE} ("protected_by", "protected_at", "reason") VALUES ($1, $2, $3)
  ON CONFLICT ("only_row") DO UPDATE SET "protected_by" = excluded."protected_by", "protected_at" = excluded."protected_at", "reason" = excluded."reason"`

/** The schema stays when somebody keeps something else in it. */
const REMOVE = `DO $$ BEGIN
    DROP TABLE IF EXISTS ${TABLE};
    DROP SCHEMA IF EXISTS "safe_migrate" RESTRICT;
  EXCEPTION WHEN dependent_objects_still_exist THEN DROP TABLE IF EXISTS ${TABLE};
  END $$`

export const protection: ProtectionMarks = {
  async read(connection) {
    const [found] = await connection.query(FIND)
    if (found === undefined) return null
    if (found.readable !== true) return UNREADABLE_MARK
    const at = `to_char("protected_at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
    const rows = await connection.query(`SELECT "protected_by" AS by, ${at} AS at, "reason" FROM ${TABLE}`).catch(() => null)
    if (rows === null) return UNREADABLE_MARK
    const [row] = rows
    return row === undefined ? null : { by: String(row.by), at: String(row.at), reason: typeof row.reason === 'string' ? row.reason : null }
  },
  async write(connection, { by, at, reason }) {
    await connection.query('BEGIN')
    try {
      await connection.query(CREATE)
      await connection.query(WRITE, [by, at, reason])
      await connection.query('COMMIT')
    } catch (error) {
      await connection.query('ROLLBACK')
      throw error
    }
  },
  async remove(connection) {
    await connection.query(REMOVE)
  },
}
