import type { CreateTriggerStmt, Stmt } from 'sqlite3-parser'
import type { BodyChange } from '../../sql/change.js'
import type { TriggerDefinition, TriggerEvent } from '../../sql/code.js'
import { readStatement } from './parse-statement.js'
import { readName, readNames, textOf } from './parse-text.js'

/** `parse` reads one statement; text is what is wrong with it. https://sqlite.org/lang_createtrigger.html */
export function readTrigger(node: CreateTriggerStmt, sql: string, parse: (sql: string) => Stmt | string): BodyChange {
  const name = readName(node.triggerName)
  const defines: TriggerDefinition = {
    defines: 'trigger',
    type: 'trigger',
    name: name.name,
    table: readName(node.tblName),
    timing: TIMINGS[node.time ?? ''] ?? 'before',
    events: [readEvent(node)],
    columns: node.event.type === 'UpdateOfTriggerEvent' ? readNames(node.event.columns) : [],
    eachRow: true,
    when: node.whenClause === undefined ? null : textOf(sql, node.whenClause.span),
    enabled: true,
    function: null,
    body: node.commands.flatMap((command) => readCommand(textOf(sql, command.span), parse)),
  }
  return { kind: 'create-object', type: 'trigger', name, on: defines.table, cascade: false, defines }
}

const TIMINGS: Readonly<Record<string, TriggerDefinition['timing']>> = { After: 'after', Before: 'before', InsteadOf: 'instead' }

function readEvent(node: CreateTriggerStmt): TriggerEvent {
  if (node.event.type === 'InsertTriggerEvent') return 'insert'
  return node.event.type === 'DeleteTriggerEvent' ? 'delete' : 'update'
}

function readCommand(sql: string, parse: (sql: string) => Stmt | string): readonly BodyChange[] {
  const node = parse(sql)
  if (typeof node === 'string') return [{ kind: 'opaque', reason: node }]
  const skips: readonly BodyChange[] = /\braise\s*\(\s*ignore\s*\)/i.test(sql) ? [{ kind: 'skip-row' }] : []
  return [...readStatement(node, sql, true).filter((change) => change.kind !== 'harmless'), ...skips]
}
