import type {
  AlterEnumStmt,
  CopyStmt,
  CreateStmt,
  CreateTableAsStmt,
  ExplainStmt,
  IndexStmt,
  Node,
  RangeVar,
  SelectStmt,
} from 'libpg-query'
import type { ChangeKind, ChangeOf, ObjectName } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens, splitAtCommas } from '../../sql/clauses.js'
import { readAlterTable, type SpannedChange } from './parse-alter-table.js'
import { readCalls } from './parse-calls.js'
import { readAlterDomain } from './parse-checks.js'
import { type CodeReader, readCreateFunction, readDo } from './parse-code.js'
import { readTableElements } from './parse-columns.js'
import { readCreated } from './parse-created.js'
import { describeObject, readDrop, readRename } from './parse-drop.js'
import { readKnownCalls } from './parse-known-calls.js'
import { isTemporary, nameOfParts, quoteName, readName, readNameParts, readRangeVar, readStrings } from './parse-names.js'
import { readObjectStatement } from './parse-objects.js'
import { readRowCopy } from './parse-row-copy.js'
import { readVariableSet } from './parse-settings.js'
import { type SqlText, tokenAt } from './parse-text.js'
import { readCreateRule, readCreateTrigger, readCreateView } from './parse-trigger.js'
import { readClauses, readPredicate } from './parse-write.js'
import { readWrites } from './parse-writes.js'

/** Everything one statement does. `sql` is its own text, `text` the text that the tree's locations mean. */
export function readStatement(node: Node, text: SqlText, sql: string, reader: CodeReader): readonly SpannedChange[] {
  if ('AlterTableStmt' in node) return readAlterTable(node.AlterTableStmt, text)
  if ('CreateStmt' in node) return readCreateTable(node.CreateStmt, text)
  if ('CreateForeignTableStmt' in node) return readCreateTable(node.CreateForeignTableStmt.base ?? {}, text)
  if ('DropStmt' in node) return readDrop(node.DropStmt)
  if ('RenameStmt' in node) return [readRename(node.RenameStmt)]
  if ('IndexStmt' in node) return [readIndex(node.IndexStmt, text)]
  if ('DoStmt' in node) return readDo(node.DoStmt, sql, reader)
  if ('CreateFunctionStmt' in node) return [readCreateFunction(node.CreateFunctionStmt, sql, reader)]
  if ('CreateTrigStmt' in node) return [readCreateTrigger(node.CreateTrigStmt, text)]
  if ('RuleStmt' in node) return [readCreateRule(node.RuleStmt, text)]
  if ('ViewStmt' in node) return [readCreateView(node.ViewStmt, text)]
  if ('SelectStmt' in node) return readSelect(node.SelectStmt, text)
  if ('CreateTableAsStmt' in node) return readCreateTableAs(node.CreateTableAsStmt, text)
  if ('CopyStmt' in node) return readCopy(node.CopyStmt, text)
  if ('ExplainStmt' in node) return readExplain(node.ExplainStmt, text, sql, reader)
  if ('AlterDomainStmt' in node) return [readAlterDomain(node.AlterDomainStmt, text)]
  const writes = readWrites(node, text)
  return writes.length > 0 ? writes : (readObjectStatement(node) ?? [readOther(node)])
}

function readCreateTable(statement: CreateStmt, text: SqlText): readonly ChangeKind[] {
  const table = readRangeVar(statement.relation)
  const { columns, foreignKeys } = readTableElements(statement.tableElts, table, text)
  const temporary = isTemporary(statement.relation)
  return [
    {
      kind: 'create-table',
      table,
      columns,
      temporary,
      // The columns of a typed table are those of its type.
      query: statement.ofTypename === undefined ? null : 'OF',
      copies: null,
      ifNotExists: statement.if_not_exists === true,
      ...readInherited(statement),
      ...readPersistence(statement.relation),
    },
    ...foreignKeys,
  ]
}

function readInherited(statement: CreateStmt): { readonly like?: readonly ObjectName[] } {
  const parents = (statement.inhRelations ?? []).flatMap((node) => ('RangeVar' in node ? [readRangeVar(node.RangeVar)] : []))
  const models = (statement.tableElts ?? []).flatMap((node) =>
    'TableLikeClause' in node ? [readRangeVar(node.TableLikeClause.relation)] : [],
  )
  const like = [...parents, ...models]
  return like.length === 0 ? {} : { like }
}

function readPersistence(relation: RangeVar | undefined): { readonly unlogged?: true } {
  return relation?.relpersistence === 'u' ? { unlogged: true } : {}
}

function readCreateTableAs(statement: CreateTableAsStmt, text: SqlText): readonly ChangeKind[] {
  const table = readRangeVar(statement.into?.rel)
  const writes = statement.query === undefined ? [] : readWrites(statement.query, text)
  if (statement.objtype === 'OBJECT_MATVIEW')
    return [...writes, { kind: 'create-object', type: 'materialized view', name: table, on: null, cascade: false }]
  const start = tokenAt(text, statement.into?.rel?.location ?? 0)
  const query = sliceTokens(text, findAtDepth0(text, start, (token) => isWord(token, 'AS')) + 1, text.tokens.length)
  const copies = statement.into?.skipData === true ? null : readRowCopy(statement.query, null, text)
  const ifNotExists = statement.if_not_exists === true
  const persistence = { temporary: isTemporary(statement.into?.rel), ...readPersistence(statement.into?.rel) }
  return [...writes, { kind: 'create-table', table, columns: [], query, copies, ifNotExists, ...persistence }]
}

function readSelect(statement: SelectStmt, text: SqlText): readonly ChangeKind[] {
  const writes = readWrites({ SelectStmt: statement }, text)
  const into = statement.intoClause?.rel
  const created: readonly ChangeKind[] =
    into === undefined
      ? []
      : [
          {
            kind: 'create-table',
            table: readRangeVar(into),
            columns: [],
            temporary: isTemporary(into),
            ...readPersistence(into),
            query: 'SELECT INTO',
            copies: readRowCopy({ SelectStmt: statement }, null, text),
            ifNotExists: false,
          },
        ]
  const known = readKnownCalls(statement)
  const functions = readCalls(statement).filter((name) => !known.names.has(name))
  const calls: readonly ChangeKind[] = functions.length > 0 ? [{ kind: 'call', functions }] : []
  const all = [...writes, ...created, ...known.changes, ...calls]
  return all.length > 0 ? all : [{ kind: 'harmless', what: 'SELECT' }]
}

function readCopy(statement: CopyStmt, text: SqlText): readonly ChangeKind[] {
  if (statement.is_program === true) return [{ kind: 'opaque', reason: 'it runs a program on the server' }]
  if (statement.query !== undefined) return [...readWrites(statement.query, text), { kind: 'harmless', what: 'COPY TO' }]
  if (statement.is_from !== true) return [{ kind: 'harmless', what: 'COPY TO' }]
  return [
    {
      kind: 'insert',
      table: readRangeVar(statement.relation),
      columns: readStrings(statement.attlist),
      alias: null,
      onConflict: 'none',
      upserts: [],
      overwrites: [],
      rows: null,
      copies: null,
    },
  ]
}

/** Without ANALYZE nothing runs. https://www.postgresql.org/docs/current/sql-explain.html */
function readExplain(statement: ExplainStmt, text: SqlText, sql: string, reader: CodeReader): readonly SpannedChange[] {
  const options = (statement.options ?? []).flatMap((node) => ('DefElem' in node ? [node.DefElem] : []))
  const analyze = options.findLast((option) => option.defname === 'analyze')
  if (analyze === undefined || isOff(analyze.arg) || statement.query === undefined) return [{ kind: 'harmless', what: 'EXPLAIN' }]
  return readStatement(statement.query, text, sql, reader)
}

function isOff(value: Node | undefined): boolean {
  if (value === undefined) return false
  if ('Integer' in value) return (value.Integer.ival ?? 0) === 0
  return ['false', 'off'].includes((readStrings([value])[0] ?? '').toLowerCase())
}

function readIndex(statement: IndexStmt, text: SqlText): ChangeKind {
  if (statement.unique !== true)
    return {
      kind: 'create-object',
      type: 'index',
      name: { schema: null, name: statement.idxname ?? '' },
      on: readRangeVar(statement.relation),
      cascade: false,
    }
  const names = (statement.indexParams ?? []).map((node) => ('IndexElem' in node ? (node.IndexElem.name ?? null) : null))
  const open = findAtDepth0(text, tokenAt(text, statement.relation?.location ?? 0), (token) => token.word === '(')
  const close = findAtDepth0(text, open + 1, (token) => token.word === ')')
  const parts = splitAtCommas(text, open + 1, close)
  return {
    kind: 'add-unique',
    table: readRangeVar(statement.relation),
    columns: names.filter((name) => name !== null),
    keys: names.map((name, index) => (name === null ? readIndexExpression(text, parts[index]) : quoteName(name))),
    name: statement.idxname ?? null,
    where: readPredicate(readClauses(text, close + 1, ['WHERE']).WHERE),
    primaryKey: false,
    nullsEqual: statement.nulls_not_distinct === true,
  }
}

/** `lower(email) text_pattern_ops DESC`: up to the parenthesis that ends the expression. */
function readIndexExpression(text: SqlText, part: readonly [number, number] | undefined): string {
  if (part === undefined) return ''
  const open = findAtDepth0(text, part[0], (token) => token.word === '(')
  const close = findAtDepth0(text, open + 1, (token) => token.word === ')')
  return sliceTokens(text, part[0], close + 1) ?? ''
}

/** Statements that lose no rows and cannot fail on them. Names as in PostgreSQL's grammar. */
const HARMLESS = new Set(
  `AlterCollationStmt GrantStmt GrantRoleStmt AlterDefaultPrivilegesStmt VariableShowStmt CreateTableSpaceStmt DropTableSpaceStmt
  AlterTableSpaceOptionsStmt AlterExtensionStmt AlterExtensionContentsStmt AlterFdwStmt AlterForeignServerStmt AlterUserMappingStmt
  DropUserMappingStmt AlterPolicyStmt AlterEventTrigStmt AlterRoleStmt AlterRoleSetStmt AlterOpFamilyStmt CommentStmt SecLabelStmt
  DeclareCursorStmt ClosePortalStmt FetchStmt AlterStatsStmt AlterFunctionStmt AlterObjectDependsStmt AlterOwnerStmt AlterOperatorStmt AlterTypeStmt NotifyStmt
  ListenStmt UnlistenStmt LoadStmt CreatedbStmt AlterDatabaseStmt AlterDatabaseRefreshCollStmt AlterDatabaseSetStmt AlterSystemStmt VacuumStmt
  CheckPointStmt DiscardStmt ConstraintsSetStmt ReindexStmt DeallocateStmt ReassignOwnedStmt AlterTSDictionaryStmt
  AlterTSConfigurationStmt AlterPublicationStmt AlterSubscriptionStmt`.split(/\s+/),
)

const TRANSACTIONS: Readonly<Record<string, ChangeOf<'transaction'>['action']>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_PREPARE: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback-to',
}

function readOther(node: Node): ChangeKind {
  const key = Object.keys(node)[0] ?? ''
  if ('TruncateStmt' in node) {
    const tables = (node.TruncateStmt.relations ?? []).map((relation) => nameOfParts(readNameParts(relation)))
    const restarts = node.TruncateStmt.restart_seqs === true ? { restartsIdentity: true as const } : {}
    return { kind: 'truncate', tables, cascade: node.TruncateStmt.behavior === 'DROP_CASCADE', ...restarts }
  }
  if ('VariableSetStmt' in node) return readVariableSet(node.VariableSetStmt)
  if ('TransactionStmt' in node) return { kind: 'transaction', action: TRANSACTIONS[node.TransactionStmt.kind ?? ''] ?? 'savepoint' }
  if ('CreateEnumStmt' in node)
    return { kind: 'create-enum', type: readName(node.CreateEnumStmt.typeName), labels: readStrings(node.CreateEnumStmt.vals) }
  if ('AlterEnumStmt' in node) return readAlterEnum(node.AlterEnumStmt)
  if ('AlterObjectSchemaStmt' in node) return readMove(node.AlterObjectSchemaStmt)
  if ('DropdbStmt' in node) return { kind: 'drop-database', name: node.DropdbStmt.dbname ?? '' }
  if ('DropOwnedStmt' in node) {
    const roles = (node.DropOwnedStmt.roles ?? []).map((role) => ('RoleSpec' in role ? (role.RoleSpec.rolename ?? 'current user') : ''))
    return { kind: 'drop-owned', role: roles.join(', '), cascade: node.DropOwnedStmt.behavior === 'DROP_CASCADE' }
  }
  if ('CallStmt' in node) return { kind: 'call', functions: readCalls({ FuncCall: node.CallStmt.funccall }) }
  if (HARMLESS.has(key)) return { kind: 'harmless', what: key.replace(/Stmt$/, '') }
  return readCreated(node) ?? { kind: 'opaque', reason: `${key.replace(/Stmt$/, '')} is not known` }
}

function readAlterEnum(statement: AlterEnumStmt): ChangeKind {
  const type = readName(statement.typeName)
  const label = statement.newVal ?? ''
  if (statement.oldVal !== undefined) return { kind: 'rename-enum-value', type, label: statement.oldVal, to: label }
  return { kind: 'add-enum-value', type, label, ifNotExists: statement.skipIfNewValExists === true }
}

function readMove(statement: {
  readonly objectType?: string
  readonly relation?: Parameters<typeof readRangeVar>[0]
  readonly newschema?: string
}): ChangeKind {
  const table = readRangeVar(statement.relation)
  if (statement.objectType === 'OBJECT_TABLE') return { kind: 'rename-table', table, to: table.name, toSchema: statement.newschema ?? null }
  return { kind: 'harmless', what: `ALTER ${describeObject(statement.objectType).toUpperCase()} … SET SCHEMA` }
}
