import type { AlterTableCmd, AlterTableStmt, Constraint } from 'libpg-query'
import type { BodyChange, ChangeKind, ChangeOf, ObjectName } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens, splitAtCommas } from '../../sql/clauses.js'
import { readColumn, readConstraints, readTableConstraint } from './parse-columns.js'
import { readRangeVar, readType } from './parse-names.js'
import { readNumber, readRestart } from './parse-objects.js'
import { type SqlText, tokenAt } from './parse-text.js'

export type SpannedChange = BodyChange & { readonly span?: { readonly start: number; readonly end: number } }

/** Actions that keep every value, cannot fail on data, and are named in plain words. */
const HARMLESS = new Set<AlterTableCmd['subtype']>([
  'AT_SetStatistics', 'AT_SetOptions', 'AT_ResetOptions', 'AT_SetStorage', 'AT_SetCompression', 'AT_ChangeOwner', 'AT_ClusterOn', 'AT_DropCluster',
  'AT_SetRelOptions', 'AT_ResetRelOptions', 'AT_ReplaceRelOptions', 'AT_AddInherit', 'AT_AddOf', 'AT_DropOf', 'AT_ReplicaIdentity',
  'AT_ForceRowSecurity', 'AT_NoForceRowSecurity', 'AT_GenericOptions', 'AT_AlterColumnGenericOptions',
  'AT_AlterConstraint', 'AT_AddIndexConstraint', 'AT_DetachPartitionFinalize',
]) // biome-ignore format: a list

export function readAlterTable(statement: AlterTableStmt, text: SqlText): readonly SpannedChange[] {
  const table = readRangeVar(statement.relation)
  const commands = (statement.cmds ?? []).flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []))
  if (statement.objtype !== 'OBJECT_TABLE' && statement.objtype !== 'OBJECT_FOREIGN_TABLE') {
    return statement.objtype === 'OBJECT_TYPE' ? readAlterCompositeType(commands, table) : [{ kind: 'harmless', what: 'ALTER' }]
  }
  const parts = readActionParts(statement, text)
  return commands.flatMap((command, index) => {
    const part = parts.length === commands.length ? parts[index] : undefined
    const [start, end] = [text.tokens[part?.[0] ?? -1]?.start, text.tokens[(part?.[1] ?? 0) - 1]?.end]
    const span = start === undefined || end === undefined || commands.length === 1 ? {} : { span: { start, end } }
    return readAction(command, table, text, part).map((change) => ({ ...change, ...span }))
  })
}

/** Token ranges of the comma-separated actions. */
function readActionParts(statement: AlterTableStmt, text: SqlText): readonly (readonly [number, number])[] {
  let first = tokenAt(text, statement.relation?.location ?? 0) + 1
  while (text.tokens[first]?.word === '.') first += 2
  if (text.tokens[first]?.word === '*') first++
  const end = findAtDepth0(text, first, (token) => token.word === ';')
  return splitAtCommas(text, first, end === -1 ? text.tokens.length : end)
}

function readAction(
  command: AlterTableCmd,
  table: ObjectName,
  text: SqlText,
  part: readonly [number, number] | undefined,
): readonly ChangeKind[] {
  const column = command.name ?? ''
  const cascade = command.behavior === 'DROP_CASCADE'
  const definition = command.def !== undefined && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined
  switch (command.subtype) {
    case 'AT_AddColumn':
      return definition === undefined ? [opaque('ADD COLUMN')] : readAddColumn(command, table, text)
    case 'AT_DropColumn':
      return [{ kind: 'drop-column', table, column, cascade, ifExists: command.missing_ok === true }]
    case 'AT_AlterColumnType':
      return [{ kind: 'alter-column-type', table, column, type: readType(definition?.typeName), using: readUsing(text, part) }]
    case 'AT_SetNotNull':
      return [{ kind: 'set-not-null', table, column }]
    case 'AT_DropNotNull':
      return [{ kind: 'drop-not-null', table, column }]
    case 'AT_ColumnDefault':
      return [{ kind: command.def === undefined ? 'drop-default' : 'set-default', table, column }]
    case 'AT_AddConstraint':
      return readConstraints(command.def === undefined ? [] : [command.def]).flatMap((constraint) =>
        notEmpty(readTableConstraint(constraint, table, text), 'constraint'),
      )
    case 'AT_DropConstraint':
      return [{ kind: 'drop-constraint', table, name: column, cascade }]
    case 'AT_ValidateConstraint':
      return [{ kind: 'validate-constraint', table, name: column }]
    case 'AT_SetUnLogged':
      return [{ kind: 'set-unlogged', table }]
    case 'AT_DetachPartition':
      return [{ kind: 'detach-partition', table, partition: readPartition(command), inherited: false }]
    case 'AT_DropInherit':
      return [{ kind: 'detach-partition', table: readParent(command), partition: table, inherited: true }]
    case 'AT_AttachPartition':
      return [{ kind: 'attach-partition', table, partition: readPartition(command) }]
    case 'AT_SetExpression':
      return [{ kind: 'set-expression', table, column }]
    case 'AT_DropExpression':
      return [{ kind: 'drop-expression', table, column }]
    case 'AT_DropIdentity':
      return [{ kind: 'drop-identity', table, column }]
    case 'AT_AddIdentity':
      return [readAddIdentity(command, table)]
    case 'AT_SetIdentity':
      return [readSetIdentity(command, table)]
    default:
      return [readSwitch(command, table) ?? readQuietAction(command, table)]
  }
}

function readQuietAction({ subtype }: AlterTableCmd, table: ObjectName): ChangeKind {
  const rewrite = REWRITES[subtype ?? '']
  if (rewrite !== undefined) return { kind: 'block', what: rewrite, on: table }
  return HARMLESS.has(subtype) ? { kind: 'harmless', what: 'ALTER TABLE' } : opaque(`ALTER TABLE … ${subtype ?? ''} is not known`)
}

/** All rows are written anew, as they are. */
const REWRITES: Readonly<Record<string, string>> = {
  AT_SetTableSpace: 'SET TABLESPACE',
  AT_SetLogged: 'SET LOGGED',
  AT_SetAccessMethod: 'SET ACCESS METHOD',
}

/** ENABLE and DISABLE of triggers, rules, row security; NOT ENFORCED. Null for other actions. */
function readSwitch(command: AlterTableCmd, table: ObjectName): ChangeKind | null {
  const [, verb, what] = /^AT_(Enable|Disable)(?:Always|Replica)?(TrigUser|Trig|Rule|RowSecurity)/.exec(command.subtype ?? '') ?? []
  if (verb !== undefined && what !== undefined) {
    const type = SWITCHED[what] ?? 'trigger'
    return { kind: 'toggle', type, name: command.name ?? null, on: table, enabled: verb === 'Enable' }
  }
  const constraint = command.def !== undefined && 'ATAlterConstraint' in command.def ? command.def.ATAlterConstraint : undefined
  if (constraint?.alterEnforceability !== true) return null
  return { kind: 'toggle', type: 'constraint', name: constraint.conname ?? null, on: table, enabled: constraint.is_enforced === true }
}

const SWITCHED: Readonly<Record<string, ChangeOf<'toggle'>['type']>> = {
  TrigUser: 'user trigger',
  Rule: 'rule',
  RowSecurity: 'row security',
}

/** The sequence is new, and knows nothing of the numbers that the column holds. */
function readAddIdentity(command: AlterTableCmd, table: ObjectName): ChangeKind {
  const options = command.def !== undefined && 'Constraint' in command.def ? command.def.Constraint.options : undefined
  const next = readNumber(options, 'start') ?? '1'
  return { kind: 'restart-sequence', sequence: null, fills: { on: table, column: command.name ?? '' }, next, followsRows: false }
}

function readSetIdentity(command: AlterTableCmd, table: ObjectName): ChangeKind {
  const options = command.def !== undefined && 'List' in command.def ? command.def.List.items : undefined
  const next = readRestart(options)
  if (next === null) return { kind: 'harmless', what: 'ALTER TABLE' }
  return { kind: 'restart-sequence', sequence: null, fills: { on: table, column: command.name ?? '' }, next, followsRows: false }
}

function readParent(command: AlterTableCmd): ObjectName {
  return readRangeVar(command.def !== undefined && 'RangeVar' in command.def ? command.def.RangeVar : undefined)
}

/** What a new column's values must satisfy besides NOT NULL. */
const OF_NEW_COLUMNS = new Set<Constraint['contype']>(['CONSTR_FOREIGN', 'CONSTR_CHECK', 'CONSTR_UNIQUE'])

function readAddColumn(command: AlterTableCmd, table: ObjectName, text: SqlText): readonly ChangeKind[] {
  if (command.def === undefined || !('ColumnDef' in command.def)) return []
  const definition = readColumn(command.def.ColumnDef, text)
  const own = [{ String: { sval: definition.name } }]
  const constraints = readConstraints(command.def.ColumnDef.constraints)
    .filter(({ contype }) => contype !== undefined && OF_NEW_COLUMNS.has(contype))
    .map((constraint) => ({ ...constraint, fk_attrs: own, keys: own }))
  return [
    { kind: 'add-column', table, definition, ifNotExists: command.missing_ok === true },
    ...constraints.flatMap((constraint) => readTableConstraint(constraint, table, text)),
  ]
}

/** The expression after USING, as it stands. */
function readUsing(text: SqlText, part: readonly [number, number] | undefined): string | null {
  if (part === undefined) return null
  const using = findAtDepth0(text, part[0], (token) => isWord(token, 'USING'))
  return using === -1 || using >= part[1] ? null : sliceTokens(text, using + 1, part[1])
}

function readPartition(command: AlterTableCmd): ObjectName {
  return readRangeVar(command.def !== undefined && 'PartitionCmd' in command.def ? command.def.PartitionCmd.name : undefined)
}

function readAlterCompositeType(commands: readonly AlterTableCmd[], type: ObjectName): readonly ChangeKind[] {
  return commands.map((command): ChangeKind => {
    const attribute = command.name ?? ''
    if (command.subtype === 'AT_DropColumn')
      return { kind: 'drop-attribute', type, attribute, cascade: command.behavior === 'DROP_CASCADE' }
    if (command.subtype !== 'AT_AlterColumnType') return { kind: 'harmless', what: 'ALTER TYPE' }
    const definition = command.def !== undefined && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined
    return { kind: 'alter-attribute-type', type, attribute, to: readType(definition?.typeName) }
  })
}

function notEmpty(changes: readonly ChangeKind[], what: string): readonly ChangeKind[] {
  return changes.length > 0 ? changes : [{ kind: 'harmless', what }]
}

function opaque(reason: string): ChangeKind {
  return { kind: 'opaque', reason }
}
