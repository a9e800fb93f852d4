import { messageOf } from '../../errors.js'
import type { Catalog } from '../catalog.js'
import type { Connection } from '../database.js'
import type { Fingerprint, ForeignKeyViolations } from '../fingerprint.js'

interface Checked {
  readonly violations: readonly ForeignKeyViolations[]
  /** Keys that SQLite cannot check, because they reference columns that are not unique. */
  readonly unchecked: NonNullable<Fingerprint['unread']>
}

/** Rows whose foreign key finds nothing; SQLite lets them in while `foreign_keys` is off. https://www.sqlite.org/pragma.html#pragma_foreign_key_check */
export async function readViolations(connection: Connection, catalog: Catalog): Promise<Checked> {
  const violations: ForeignKeyViolations[] = []
  const unchecked: NonNullable<Fingerprint['unread']>[number][] = []
  for (const table of catalog.tables) {
    if (table.foreignKeys.length === 0) continue
    try {
      const rows = await connection.query(
        "SELECT fkid, count(*) AS n FROM pragma_foreign_key_check(?, 'main') GROUP BY fkid ORDER BY fkid",
        [table.name],
      )
      for (const row of rows) {
        // The catalog lists keys in the order of these numbers.
        const key = table.foreignKeys[Number(row.fkid)]
        if (key === undefined) continue
        const references = `${key.references.table}(${key.references.columns.join(', ')})`
        violations.push({ name: key.name, schema: null, table: table.name, columns: key.columns, references, rows: Number(row.n) })
      }
    } catch (error) {
      unchecked.push({ schema: null, name: table.name, why: `its foreign keys cannot be checked: ${messageOf(error)}` })
    }
  }
  return { violations, unchecked }
}
