import type { CreateTrigStmt, Node, RuleStmt, SelectStmt, ViewStmt } from 'libpg-query'
import type { BodyChange } from '../../sql/change.js'
import { findAtDepth0, isWord, sliceTokens } from '../../sql/clauses.js'
import type { TriggerDefinition, TriggerEvent, ViewDefinition } from '../../sql/code.js'
import { readName, readRangeVar, readStrings } from './parse-names.js'
import { type SqlText, tokenAt } from './parse-text.js'
import { readClauses } from './parse-write.js'
import { readWrites } from './parse-writes.js'

/** Bits of pg_trigger.tgtype, which the grammar uses too. https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_trigger.h */
const EVENTS: readonly (readonly [number, TriggerEvent])[] = [
  [4, 'insert'],
  [8, 'delete'],
  [16, 'update'],
  [32, 'truncate'],
]
const BEFORE = 2
const INSTEAD = 64

export function readCreateTrigger(statement: CreateTrigStmt, text: SqlText): BodyChange {
  const when = findAtDepth0(text, tokenAt(text, statement.relation?.location ?? 0), (token) => isWord(token, 'WHEN'))
  const timing = statement.timing ?? 0
  return makeObject({
    defines: 'trigger',
    type: 'trigger',
    name: statement.trigname ?? '',
    table: readRangeVar(statement.relation),
    timing: timing === BEFORE ? 'before' : timing === INSTEAD ? 'instead' : 'after',
    events: EVENTS.flatMap(([bit, event]) => (((statement.events ?? 0) & bit) === 0 ? [] : [event])),
    columns: readStrings(statement.columns),
    eachRow: statement.row === true,
    when: statement.whenClause === undefined ? null : readParenthesized(text, when + 1),
    enabled: true,
    function: readName(statement.funcname),
    body: [],
  })
}

const RULE_EVENTS: Readonly<Record<string, TriggerEvent>> = { CMD_INSERT: 'insert', CMD_UPDATE: 'update', CMD_DELETE: 'delete' }

/** What a rule does is part of its own statement. ON SELECT makes a view of a table. */
export function readCreateRule(statement: RuleStmt, text: SqlText): BodyChange {
  const event = RULE_EVENTS[statement.event ?? '']
  const body = (statement.actions ?? []).flatMap((node) => readWrites(node, text))
  return makeObject({
    defines: 'trigger',
    type: 'rule',
    name: statement.rulename ?? '',
    table: readRangeVar(statement.relation),
    timing: statement.instead === true ? 'instead' : 'after',
    events: event === undefined ? [] : [event],
    columns: [],
    eachRow: true,
    when: statement.whereClause === undefined ? null : (readClauses(text, afterTo(statement, text), ['WHERE', 'DO']).WHERE ?? null),
    enabled: true,
    function: null,
    body,
  })
}

function afterTo(statement: RuleStmt, text: SqlText): number {
  return tokenAt(text, statement.relation?.location ?? 0) + 1
}

function readParenthesized(text: SqlText, open: number): string | null {
  const close = findAtDepth0(text, open + 1, (token) => token.word === ')')
  return close === -1 ? null : sliceTokens(text, open + 1, close)
}

function makeObject(defines: TriggerDefinition): BodyChange {
  return {
    kind: 'create-object',
    type: defines.type,
    name: { schema: null, name: defines.name },
    on: defines.table,
    cascade: false,
    defines,
  }
}

export function readCreateView(statement: ViewStmt, text: SqlText): BodyChange {
  const name = readRangeVar(statement.view)
  const select = statement.query !== undefined && 'SelectStmt' in statement.query ? statement.query.SelectStmt : null
  const plain = select === null ? null : readPlainView(select, readStrings(statement.aliases), text)
  const defines: ViewDefinition = { defines: 'view', name, ...(plain ?? { base: null, alias: '', where: null, columns: [] }) }
  return { kind: 'create-object', type: 'view', name, on: null, cascade: false, defines }
}

/** https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS */
function readPlainView(select: SelectStmt, aliases: readonly string[], text: SqlText): Omit<ViewDefinition, 'defines' | 'name'> | null {
  const [from] = select.fromClause ?? []
  const hasMore = [
    select.withClause,
    select.distinctClause,
    select.groupClause,
    select.havingClause,
    select.limitCount,
    select.limitOffset,
    select.larg,
    select.fromClause?.[1],
  ]
  if (from === undefined || !('RangeVar' in from) || hasMore.some((part) => part !== undefined)) return null
  const base = readRangeVar(from.RangeVar)
  const clauses = readClauses(text, tokenAt(text, from.RangeVar.location ?? 0), ['WHERE', 'ORDER', 'WITH'])
  return {
    base,
    alias: from.RangeVar.alias?.aliasname ?? base.name,
    where: select.whereClause === undefined ? null : (clauses.WHERE ?? null),
    columns: (select.targetList ?? []).flatMap((node, index) => readViewColumn(node, aliases[index])),
  }
}

/** Empty for `*` and for what is computed. */
function readViewColumn(node: Node, alias: string | undefined): readonly { name: string; column: string }[] {
  if (!('ResTarget' in node) || node.ResTarget.val === undefined || !('ColumnRef' in node.ResTarget.val)) return []
  const column = readStrings(node.ResTarget.val.ColumnRef.fields).at(-1)
  return column === undefined ? [] : [{ name: alias ?? node.ResTarget.name ?? column, column }]
}
