import type { AlterTableCmd, AlterTableStmt } from 'libpg-query'
import type { ChangeKind, ObjectName } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens, splitAtCommas } from '../../sql/clauses.js'
import { readColumn, readConstraints, readTableConstraint } from './parse-columns.js'
import { readRangeVar, readType } from './parse-names.js'
import { type SqlText, tokenAt } from './parse-text.js'

export type SpannedChange = ChangeKind & { readonly span?: { readonly start: number; readonly end: number } }

/** Actions that keep every value, cannot fail on data, and are named in plain words. */
const HARMLESS = new Set<AlterTableCmd['subtype']>([
  'AT_SetStatistics', 'AT_SetOptions', 'AT_ResetOptions', 'AT_SetStorage', 'AT_SetCompression', 'AT_ChangeOwner', 'AT_ClusterOn', 'AT_DropCluster', 'AT_SetLogged',
  'AT_SetAccessMethod', 'AT_SetTableSpace', 'AT_SetRelOptions', 'AT_ResetRelOptions', 'AT_ReplaceRelOptions', 'AT_EnableTrig', 'AT_EnableAlwaysTrig',
  'AT_EnableReplicaTrig', 'AT_DisableTrig', 'AT_EnableTrigAll', 'AT_DisableTrigAll', 'AT_EnableTrigUser', 'AT_DisableTrigUser', 'AT_EnableRule',
  'AT_EnableAlwaysRule', 'AT_EnableReplicaRule', 'AT_DisableRule', 'AT_AddInherit', 'AT_DropInherit', 'AT_AddOf', 'AT_DropOf', 'AT_ReplicaIdentity',
  'AT_EnableRowSecurity', 'AT_DisableRowSecurity', 'AT_ForceRowSecurity', 'AT_NoForceRowSecurity', 'AT_GenericOptions', 'AT_AlterColumnGenericOptions',
  'AT_AddIdentity', 'AT_SetIdentity', 'AT_DropIdentity', 'AT_AlterConstraint', 'AT_ValidateConstraint', 'AT_AddIndexConstraint', 'AT_DropExpression',
  'AT_DetachPartitionFinalize', 'AT_AttachPartition',
]) // biome-ignore format: a list

export function readAlterTable(statement: AlterTableStmt, text: SqlText): readonly SpannedChange[] {
  const table = readRangeVar(statement.relation)
  const commands = (statement.cmds ?? []).flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []))
  if (statement.objtype !== 'OBJECT_TABLE' && statement.objtype !== 'OBJECT_FOREIGN_TABLE') {
    return statement.objtype === 'OBJECT_TYPE' ? readAlterCompositeType(commands) : [{ kind: 'harmless', what: 'ALTER' }]
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
        notEmpty(readTableConstraint(constraint, table), 'constraint'),
      )
    case 'AT_DropConstraint':
      return [{ kind: 'drop-constraint', table, name: column, cascade }]
    case 'AT_SetUnLogged':
      return [{ kind: 'set-unlogged', table }]
    case 'AT_DetachPartition':
      return [{ kind: 'detach-partition', table, partition: readPartition(command) }]
    case 'AT_SetExpression':
      return [opaque('a generated column gets another expression: its stored values are computed anew')]
    default:
      return [
        HARMLESS.has(command.subtype)
          ? { kind: 'harmless', what: 'ALTER TABLE' }
          : opaque(`ALTER TABLE … ${command.subtype ?? ''} is not known`),
      ]
  }
}

function readAddColumn(command: AlterTableCmd, table: ObjectName, text: SqlText): readonly ChangeKind[] {
  if (command.def === undefined || !('ColumnDef' in command.def)) return []
  const definition = readColumn(command.def.ColumnDef, text)
  const foreignKeys = readConstraints(command.def.ColumnDef.constraints)
    .filter((constraint) => constraint.contype === 'CONSTR_FOREIGN')
    .map((constraint) => ({ ...constraint, fk_attrs: [{ String: { sval: definition.name } }] }))
  return [
    { kind: 'add-column', table, definition, ifNotExists: command.missing_ok === true },
    ...foreignKeys.flatMap((constraint) => readTableConstraint(constraint, table)),
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

/** A composite type loses an attribute's values in every column of that type; which columns those are is not followed. */
function readAlterCompositeType(commands: readonly AlterTableCmd[]): readonly ChangeKind[] {
  const reshaping = commands.some((command) => command.subtype === 'AT_DropColumn' || command.subtype === 'AT_AlterColumnType')
  return [reshaping ? opaque('an attribute of a composite type is dropped or retyped') : { kind: 'harmless', what: 'ALTER TYPE' }]
}

function notEmpty(changes: readonly ChangeKind[], what: string): readonly ChangeKind[] {
  return changes.length > 0 ? changes : [{ kind: 'harmless', what }]
}

function opaque(reason: string): ChangeKind {
  return { kind: 'opaque', reason }
}
