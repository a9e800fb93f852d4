import type { ColumnsAndConstraintsCreateTableBody, ResolveType } from 'sqlite3-parser'
import type { ConflictAction, TableConstraints } from '../../sql/constraints.js'
import { nameOfKey } from './parse-columns.js'
import { textOf } from './parse-text.js'

/** https://www.sqlite.org/lang_createtable.html#constraints */
export function readConstraints(body: ColumnsAndConstraintsCreateTableBody, sql: string): TableConstraints {
  const ofColumns = body.columns.flatMap(({ colName, constraints }) =>
    constraints.map(({ constraint }) => ({ column: colName.text, constraint })),
  )
  const ofTable = (body.constraints ?? []).map(({ constraint }) => constraint)
  const options = sql.slice(sql.lastIndexOf(')'))
  return {
    keys: [
      ...ofColumns.flatMap(({ column, constraint }) =>
        constraint.type === 'PrimaryKeyColumnConstraint' || constraint.type === 'UniqueColumnConstraint'
          ? [readKey([column], constraint.type === 'PrimaryKeyColumnConstraint', constraint.conflictClause)]
          : [],
      ),
      ...ofTable.flatMap((constraint) =>
        constraint.type === 'PrimaryKeyTableConstraint' || constraint.type === 'UniqueTableConstraint'
          ? [readKey(constraint.columns.map(nameOfKey), constraint.type === 'PrimaryKeyTableConstraint', constraint.conflictClause)]
          : [],
      ),
    ],
    notNull: ofColumns.flatMap(({ column, constraint }) =>
      constraint.type === 'NotNullColumnConstraint' && !constraint.nullable
        ? [{ column, onConflict: readAction(constraint.conflictClause) }]
        : [],
    ),
    checks: [...ofColumns.map(({ constraint }) => constraint), ...ofTable].flatMap((constraint) =>
      constraint.type === 'CheckColumnConstraint' || constraint.type === 'CheckTableConstraint' ? [textOf(sql, constraint.expr.span)] : [],
    ),
    collations: ofColumns.flatMap(({ column, constraint }) =>
      constraint.type === 'CollateColumnConstraint' ? [{ column, collation: constraint.collationName.text }] : [],
    ),
    isStrict: /\bSTRICT\b/i.test(options),
  }
}

function readKey(columns: readonly string[], isPrimary: boolean, clause: ResolveType | undefined): TableConstraints['keys'][number] {
  return { columns, isPrimary, onConflict: readAction(clause) }
}

/** ROLLBACK, ABORT and FAIL all refuse the row. */
export function readAction(clause: ResolveType | undefined): ConflictAction {
  return clause === 'Replace' ? 'replace' : clause === 'Ignore' ? 'ignore' : 'refuse'
}
