import type { FuncCall, Node, SelectStmt } from 'libpg-query'
import type { ChangeKind, ColumnDefinition, ObjectName } from '../../sql/change.js'
import { type Token, tokenize } from '../../sql/tokens.js'
import { visitTree } from './parse-calls.js'
import { nameOfParts, readName, readNameParts } from './parse-names.js'
import { readSetting } from './parse-settings.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

/** Calls in the list of a SELECT that do what a statement would, and their names as readCalls gives them. */
export function readKnownCalls(statement: SelectStmt): { readonly changes: readonly ChangeKind[]; readonly names: ReadonlySet<string> } {
  const changes: ChangeKind[] = []
  const names = new Set<string>()
  for (const node of statement.targetList ?? []) {
    const value = 'ResTarget' in node ? node.ResTarget.val : undefined
    if (value === undefined || !('FuncCall' in value)) continue
    const name = readName(value.FuncCall.funcname)
    const change = KNOWN[name.name]?.(value.FuncCall) ?? null
    if (change === null) continue
    changes.push(change)
    names.add(name.schema === null || name.schema === 'pg_catalog' ? name.name : `${name.schema}.${name.name}`)
  }
  return { changes, names }
}

/** Null when the arguments do not tell. */
const KNOWN: Readonly<Record<string, (call: FuncCall) => ChangeKind | null>> = {
  set_config: ({ args = [] }) => {
    const [name, value] = [readText(args[0]), readText(args[1])]
    const isLocal = args[2] !== undefined && !isFalse(args[2])
    return name === null ? null : readSetting(name, value === null ? [] : readList(name, value), isLocal)
  },
  setval: readSetval,
  lo_unlink: () => ({ kind: 'delete-large-objects' }),
  pg_drop_replication_slot: ({ args = [] }) => {
    return {
      kind: 'drop-object',
      type: 'replication slot',
      name: { schema: null, name: readText(args[0]) ?? '' },
      on: null,
      cascade: false,
    }
  },
  addgeometrycolumn: readAddGeometry,
  dropgeometrycolumn: ({ args = [] }) => {
    const [column, table, schema] = args.map(readText).reverse()
    if (typeof column !== 'string' || typeof table !== 'string') return null
    return { kind: 'drop-column', table: { schema: schema ?? null, name: table }, column, cascade: false, ifExists: false }
  },
}

/** https://www.postgresql.org/docs/current/functions-sequence.html: `setval(s, n)` makes the next number n + 1, `setval(s, n, false)` makes it n. */
function readSetval({ args = [] }: FuncCall): ChangeKind {
  const [sequence, value, isCalled] = args
  const constant = readText(value)
  const isLast = isCalled === undefined || !isFalse(isCalled)
  const next = constant === null || !/^-?\d+$/.test(constant) ? null : String(BigInt(constant) + (isLast ? 1n : 0n))
  return { kind: 'restart-sequence', ...readSequence(sequence), next, followsRows: next === null && followsRows(value) }
}

function readSequence(node: Node | undefined): { sequence: ObjectName | null; fills: { on: ObjectName; column: string } | null } {
  const call = node !== undefined && 'FuncCall' in node ? node.FuncCall : undefined
  if (call !== undefined && readName(call.funcname).name === 'pg_get_serial_sequence') {
    const [table, column] = (call.args ?? []).map(readText)
    if (typeof table === 'string' && typeof column === 'string') return { sequence: null, fills: { on: readDottedName(table), column } }
  }
  const text = readText(node)
  return { sequence: text === null ? null : readDottedName(text), fills: null }
}

/** The number comes from the rows that are there: `(SELECT max(id) FROM t)`, or from the sequence itself. */
function followsRows(value: Node | undefined): boolean {
  let follows = false
  visitTree(value, (key, call) => {
    if (key !== 'FuncCall' || typeof call !== 'object' || call === null || !('funcname' in call) || !Array.isArray(call.funcname)) return
    if (/^(max|nextval|currval|last_value)$/.test(nameOfParts(call.funcname.flatMap(readNameParts)).name)) follows = true
  })
  return follows
}

/** Any kind of geometry; the column is new and empty. https://postgis.net/docs/AddGeometryColumn.html */
function readAddGeometry({ args = [] }: FuncCall): ChangeKind | null {
  const texts = args.map(readText)
  // Of the numbers the first is the SRID; what stands before it is [[catalog,] schema,] table, column.
  const names = texts.slice(
    0,
    texts.findIndex((text) => text !== null && /^-?\d+$/.test(text)),
  )
  const [column, table, schema] = [...names].reverse()
  if (typeof column !== 'string' || typeof table !== 'string') return null
  const definition: ColumnDefinition = {
    name: column,
    type: 'geometry',
    notNull: false,
    primaryKey: false,
    unique: false,
    default: null,
    generated: false,
    computed: false,
  }
  return { kind: 'add-column', table: { schema: schema ?? null, name: table }, definition, ifNotExists: false }
}

/** The text of a constant, also behind a cast. */
function readText(node: Node | undefined): string | null {
  if (node === undefined) return null
  if ('TypeCast' in node) return readText(node.TypeCast.arg)
  if (!('A_Const' in node)) return null
  const { sval, ival, fval } = node.A_Const
  return sval?.sval ?? fval?.fval ?? (ival === undefined ? null : String(ival.ival ?? 0))
}

function isFalse(node: Node): boolean {
  return 'A_Const' in node && node.A_Const.boolval !== undefined && node.A_Const.boolval.boolval !== true
}

/** What one text of a setting says: a list only where the setting is one. */
function readList(name: string, value: string): readonly string[] {
  if (name.toLowerCase() !== 'search_path') return [value]
  return tokenize(value, POSTGRESQL_STYLE)
    .filter((token) => token.word !== ',')
    .map((token) => readNameToken(token, value))
}

/** `public."User_id_seq"`, as text that is cast to regclass. */
function readDottedName(text: string): ObjectName {
  const parts = tokenize(text, POSTGRESQL_STYLE).filter((token) => token.word !== '.')
  return nameOfParts(parts.map((token) => readNameToken(token, text)))
}

function readNameToken(token: Token, text: string): string {
  const own = text.slice(token.start, token.end)
  return own.startsWith('"') ? own.slice(1, -1).replaceAll('""', '"') : own.toLowerCase()
}
