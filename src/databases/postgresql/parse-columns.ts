import type { ColumnDef, Constraint, Node } from 'libpg-query'
import type { ChangeKind, ColumnDefinition, ForeignKeyDefinition, ObjectName, ReferentialAction } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens } from '../../sql/clauses.js'
import { readCondition, readExclusion } from './parse-checks.js'
import { isSerial, quoteName, readRangeVar, readStrings, readType } from './parse-names.js'
import { type SqlText, tokenAt } from './parse-text.js'

export function readColumn(column: ColumnDef, text: SqlText): ColumnDefinition {
  const constraints = readConstraints(column.constraints)
  const has = (type: Constraint['contype']) => constraints.some((constraint) => constraint.contype === type)
  const serial = isSerial(column.typeName)
  return {
    name: column.colname ?? '',
    type: readType(column.typeName),
    notNull: has('CONSTR_NOTNULL') || has('CONSTR_PRIMARY') || has('CONSTR_IDENTITY') || serial,
    primaryKey: has('CONSTR_PRIMARY'),
    unique: has('CONSTR_UNIQUE'),
    default: readDefault(constraints, text),
    generated: serial || has('CONSTR_IDENTITY') || has('CONSTR_GENERATED'),
    computed: has('CONSTR_GENERATED'),
  }
}

export function readConstraints(nodes: readonly Node[] | undefined): readonly Constraint[] {
  return (nodes ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []))
}

/** The text between DEFAULT and the next constraint. */
function readDefault(constraints: readonly Constraint[], text: SqlText): string | null {
  const constraint = constraints.find((candidate) => candidate.contype === 'CONSTR_DEFAULT')
  if (constraint?.location === undefined || isNull(constraint.raw_expr)) return null
  const first = tokenAt(text, constraint.location)
  const starts = constraints.map((other) => tokenAt(text, other.location ?? 0)).filter((start) => start > first)
  const end = findAtDepth0(text, first + 1, (token, index) => isColumnEnd(token.word) || starts.includes(index))
  const stop = end === -1 ? closingAfter(text, first + 1) : end
  const named = isWord(text.tokens[stop - 2], 'CONSTRAINT') ? stop - 2 : stop
  return sliceTokens(text, first + 1, named)
}

function isColumnEnd(word: string): boolean {
  return word === ',' || word === ')' || word === ';'
}

function closingAfter(text: SqlText, from: number): number {
  const closing = findAtDepth0(text, from, (token) => token.word === ')')
  return closing === -1 ? text.tokens.length : closing
}

function isNull(node: Node | undefined): boolean {
  return node !== undefined && 'A_Const' in node && node.A_Const.isnull === true
}

/** What a table constraint adds; empty for those that can neither lose data nor fail on it. */
export function readTableConstraint(constraint: Constraint, table: ObjectName, text: SqlText): readonly ChangeKind[] {
  const name = constraint.conname ?? null
  switch (constraint.contype) {
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE': {
      const primaryKey = constraint.contype === 'CONSTR_PRIMARY'
      // USING INDEX: that index has shown already that the values are unique.
      if (constraint.indexname !== undefined) return primaryKey ? [{ kind: 'promote-index', table, index: constraint.indexname }] : []
      const columns = readStrings(constraint.keys)
      const keys = columns.map(quoteName)
      return [
        { kind: 'add-unique', table, columns, keys, name, where: null, primaryKey, nullsEqual: constraint.nulls_not_distinct === true },
      ]
    }
    case 'CONSTR_FOREIGN':
      return [{ kind: 'add-constraint', table, name, foreignKey: readForeignKey(constraint) }]
    case 'CONSTR_CHECK':
      return [{ kind: 'add-check', table, name, condition: readCondition(constraint, text), notValid: constraint.skip_validation === true }]
    case 'CONSTR_EXCLUSION':
      return [{ kind: 'add-exclusion', table, name, exclusion: readExclusion(constraint, text) }]
    case 'CONSTR_NOTNULL':
      return readStrings(constraint.keys).map((column) => ({ kind: 'set-not-null', table, column }) as const)
    default:
      return []
  }
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

function readForeignKey(constraint: Constraint): ForeignKeyDefinition {
  return {
    columns: readStrings(constraint.fk_attrs),
    references: readRangeVar(constraint.pktable),
    referencedColumns: readStrings(constraint.pk_attrs),
    onDelete: ACTIONS[constraint.fk_del_action ?? 'a'] ?? 'no action',
    onUpdate: ACTIONS[constraint.fk_upd_action ?? 'a'] ?? 'no action',
    matchFull: constraint.fk_matchtype === 'f',
    notValid: constraint.skip_validation === true,
  }
}

/** Columns of CREATE TABLE, with what its table constraints say about single columns, and the foreign keys. */
export function readTableElements(elements: readonly Node[] | undefined, table: ObjectName, text: SqlText) {
  const nodes = elements ?? []
  const columns = nodes.flatMap((node) => ('ColumnDef' in node ? [node.ColumnDef] : []))
  const constraints = readConstraints(nodes)
  const key = readStrings(constraints.find((constraint) => constraint.contype === 'CONSTR_PRIMARY')?.keys)
  const inline = columns.flatMap((column) =>
    readConstraints(column.constraints).map((constraint) => ({ ...constraint, fk_attrs: [{ String: { sval: column.colname ?? '' } }] })),
  )
  const foreignKeys = [...constraints, ...inline]
    .filter((constraint) => constraint.contype === 'CONSTR_FOREIGN')
    .flatMap((constraint) => readTableConstraint(constraint, table, text))
  const definitions = columns.map((column) => {
    const definition = readColumn(column, text)
    const inKey = key.includes(definition.name)
    return { ...definition, primaryKey: definition.primaryKey || inKey, notNull: definition.notNull || inKey }
  })
  return { columns: definitions, foreignKeys }
}
