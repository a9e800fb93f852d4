import type { Change, ChangeOf, ForeignKeyDefinition } from '../sql/change.js'
import { describeCascade } from './dependents.js'
import { isSameName, isTableGone } from './dropped-object.js'
import { isKeyReplaced } from './keys.js'
import type { JudgeContext, Rule, TableView } from './rule.js'
import { refTo } from './wording.js'

/** https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-CONSTRAINT */
export const dropConstraint: Rule = {
  id: 'drop-constraint',
  kind: 'loss',
  severity: 'S3',
  summary: 'A primary key, unique, foreign key or check constraint is dropped and nothing takes its place.',
  examples: {
    unsafe: [
      { sql: 'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" DROP CONSTRAINT "User_pkey";', databases: ['postgresql'] },
      { sql: 'ALTER TABLE "User" DROP CONSTRAINT age_is_positive CASCADE;', databases: ['postgresql'] },
    ],
    safe: [
      {
        sql: 'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey"; ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE SET NULL;',
        databases: ['postgresql'],
      },
      {
        sql: 'ALTER TABLE "User" DROP CONSTRAINT "User_pkey", ADD CONSTRAINT "User_pkey" PRIMARY KEY ("id", "email");',
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey"; DROP TABLE "Post";', databases: ['postgresql'] },
      {
        sql: 'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey"; ALTER TABLE "Post" DROP COLUMN "authorId";',
        databases: ['postgresql'],
      },
      { sql: 'ALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey"; DROP TABLE "User";', databases: ['postgresql'] },
      { sql: 'CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0)); ALTER TABLE t DROP CONSTRAINT c;', databases: ['postgresql'] },
    ],
  },
  judge(change, context) {
    if (change.kind !== 'drop-constraint') return []
    const table = context.table(change.table)
    if (table === null || isTableGone(change.table, context)) return []
    const type = readType(table, change.name)
    if (isReplaced(change, type, table, context)) return []
    const shown = context.display(table.live)
    return [
      {
        message: `${type.title} ${change.name} of ${shown} is dropped and not made again.`,
        why: `${type.why}${change.cascade ? describeCascade({ kind: 'relation', name: { schema: table.live.schema, name: change.name } }, context) : ''}`,
        instead: 'Add what replaces it in the same ALTER TABLE, or drop it when nothing relies on it any more.',
        objects: [refTo(table.live)],
        measures: [],
        inconclusive: null,
      },
    ]
  },
}

type Type = 'primary key' | 'unique' | 'foreign key' | 'other'

interface ConstraintType {
  readonly type: Type
  readonly title: string
  readonly why: string
}

const TYPES: Readonly<Record<Type, ConstraintType>> = {
  'primary key': {
    type: 'primary key',
    title: 'Primary key',
    why: 'Duplicates and rows without a key become possible, and logical replication refuses to update or delete.',
  },
  unique: { type: 'unique', title: 'Unique constraint', why: 'Duplicates become possible; once there are some, it cannot be added again.' },
  'foreign key': {
    type: 'foreign key',
    title: 'Foreign key',
    why: 'Rows may reference what is not there from now on, and ON DELETE and ON UPDATE do not act any more.',
  },
  other: {
    type: 'other',
    title: 'Constraint',
    why: 'Values that it refused become possible; once there are some, it cannot be added again.',
  },
}

/** By what is known of the table, else by the names that PostgreSQL and Prisma give. */
function readType(table: TableView, name: string): ConstraintType {
  if (table.foreignKey(name) !== null || name.endsWith('_fkey')) return TYPES['foreign key']
  if (table.namedKeys.some((key) => key.name === name) || name.endsWith('_key')) return TYPES.unique
  return name.endsWith('_pkey') ? TYPES['primary key'] : TYPES.other
}

function isReplaced(change: ChangeOf<'drop-constraint'>, { type }: ConstraintType, table: TableView, context: JudgeContext): boolean {
  const ofTable = context.later.filter((later) => 'table' in later && isSameName(later.table, change.table))
  if (ofTable.some((later) => addsConstraint(later, change.name))) return true
  if (type === 'primary key') return ofTable.some((later) => later.kind === 'add-unique' && later.primaryKey)
  const key = table.namedKeys.find((one) => one.name === change.name)
  if (type === 'unique' && key !== undefined) return isKeyReplaced({ table, columns: key.columns }, context)
  const dropped = ofTable.flatMap((later) => (later.kind === 'drop-column' ? [later.column] : []))
  if (type !== 'foreign key') return dropped.some((column) => change.name.includes(column))
  const foreignKey = table.foreignKey(change.name)
  if (foreignKey !== null) return isForeignKeyReplaced(foreignKey, ofTable, dropped, context)
  // Prisma drops the key before its column, or before the table that it references.
  return dropped.some((column) => change.name.includes(column)) || context.later.some((later) => later.kind === 'drop-table')
}

function addsConstraint(change: Change, name: string): boolean {
  return (change.kind === 'add-constraint' || change.kind === 'add-unique') && change.name === name
}

function isForeignKeyReplaced(
  key: ForeignKeyDefinition,
  ofTable: readonly Change[],
  dropped: readonly string[],
  context: JudgeContext,
): boolean {
  if (key.columns.some((column) => dropped.includes(column)) || isTableGone(key.references, context)) return true
  return ofTable.some(
    (later) => later.kind === 'add-constraint' && later.foreignKey?.columns.some((column) => key.columns.includes(column)) === true,
  )
}
