import type { BodyChange, ChangeKind } from '../../sql/change.js'
import { readProperty, readQuery } from './parse-body.js'
import { visitTree } from './parse-calls.js'
import type { CodeReader } from './parse-code.js'
import { type CodeValues, evaluateList, evaluateTexts, UNKNOWN_NAME, UNKNOWN_NUMBER } from './parse-constant.js'
import { mentionsVariable } from './parse-variables.js'

const UNKNOWN_SQL = 'it runs SQL that is put together while it runs'

/** A loop over numbers is read in steps up to here. */
const MAX_STEPS = 50

/** What the variables of a body may hold, as far as its assignments tell. Both branches of a condition count. */
export function readValues(tree: unknown, reader: CodeReader): CodeValues {
  const texts = new Map<string, readonly string[]>()
  const lists = new Map<string, readonly string[]>()
  const values = { texts, lists }
  const unknown = readOtherTargets(tree)
  const names = readNumbered(tree)
  const add = (name: string, found: readonly string[] | null) => {
    if (found === null) unknown.add(name)
    else texts.set(name, [...new Set([...(texts.get(name) ?? []), ...found])])
  }
  const assign = (name: string, expression: string) => {
    const list = evaluateList(expression, values, reader)
    if (list !== null) lists.set(name, [...(lists.get(name) ?? []), ...list])
    add(name, mentionsVariable([expression], [name]) ? null : evaluateTexts(expression, values, reader))
  }
  visitTree(tree, (key, value) => {
    if (key === 'PLpgSQL_var') {
      const [name, initial] = [readProperty(value, 'refname'), readQuery(readProperty(value, 'default_val'))]
      if (typeof name === 'string' && initial !== null) assign(name, initial)
    } else if (key === 'PLpgSQL_stmt_assign') {
      const [, name, expression] = /^\s*([\p{L}_][\p{L}\p{N}_$]*)\s*:?=([\s\S]*)$/u.exec(readQuery(readProperty(value, 'expr')) ?? '') ?? []
      const target = names.get(Number(readProperty(value, 'varno') ?? 0))
      if (name !== undefined && expression !== undefined) assign(name.toLowerCase(), expression)
      else if (target !== undefined) unknown.add(target)
    }
  })
  for (const name of unknown) {
    texts.delete(name)
    lists.delete(name)
  }
  return values
}

/** The values that the variables have inside the loops around a node of the tree. */
export function readLoops(tree: unknown, values: CodeValues, reader: CodeReader): (node: unknown) => CodeValues {
  const scopes = new Map<unknown, CodeValues>()
  const names = readNumbered(tree)
  const walk = (node: unknown, scope: CodeValues): void => {
    if (typeof node !== 'object' || node === null) return
    scopes.set(node, scope)
    for (const [key, child] of Object.entries(node)) {
      const bound = readBound(key, child, scope, names, reader)
      walk(child, bound === null ? scope : { ...scope, texts: new Map([...scope.texts, bound]) })
    }
  }
  walk(tree, values)
  return (node) => scopes.get(node) ?? values
}

/** The variable of a loop over constants, with its values. */
function readBound(
  key: string,
  loop: unknown,
  values: CodeValues,
  names: ReadonlyMap<number, string>,
  reader: CodeReader,
): readonly [string, readonly string[]] | null {
  const isNumeric = key === 'PLpgSQL_stmt_fori'
  if (!isNumeric && key !== 'PLpgSQL_stmt_foreach_a') return null
  const numeric = readProperty(readProperty(readProperty(loop, 'var'), 'PLpgSQL_var'), 'refname')
  const name = isNumeric ? numeric : names.get(Number(readProperty(loop, 'varno') ?? 0))
  const found = isNumeric ? readSteps(loop) : evaluateList(readQuery(readProperty(loop, 'expr')) ?? '', values, reader)
  return typeof name === 'string' ? [name, found ?? [UNKNOWN_NAME]] : null
}

/** Variables by their numbers. */
function readNumbered(tree: unknown): ReadonlyMap<number, string> {
  const names = new Map<number, string>()
  visitTree(tree, (key, value) => {
    if (key !== 'datums' || !Array.isArray(value)) return
    for (const [index, datum] of value.entries()) {
      const name = readProperty(readProperty(datum, 'PLpgSQL_var'), 'refname')
      if (typeof name === 'string') names.set(index, name)
    }
  })
  return names
}

/** Variables that rows are read into: INTO, FOR … IN a query. */
function readOtherTargets(tree: unknown): Set<string> {
  const names = new Set<string>()
  visitTree(tree, (key, value) => {
    if (key !== 'target' && key !== 'var') return
    visitTree(readProperty(readProperty(value, 'PLpgSQL_row'), 'fields'), (field, name) => {
      if (field === 'name' && typeof name === 'string') names.add(name)
    })
  })
  return names
}

function readSteps(loop: unknown): readonly string[] | null {
  const bound = (key: string) => {
    const text = readQuery(readProperty(loop, key)) ?? ''
    return /^\s*\d+\s*$/.test(text) ? Number(text) : null
  }
  const [lower, upper] = [bound('lower'), bound('upper')]
  if (lower === null || upper === null || upper - lower > MAX_STEPS || upper < lower) return null
  return Array.from({ length: upper - lower + 1 }, (_, index) => String(lower + index))
}

/** EXECUTE of a text: every one that it may be. */
export function readDynamic(value: unknown, values: CodeValues, reader: CodeReader): readonly BodyChange[] {
  const query = readQuery(readProperty(value, 'query'))
  if (query === null) return [{ kind: 'opaque', reason: UNKNOWN_SQL }]
  return evaluateTexts(query, values, reader).flatMap((sql) => (mentionsUnknown(sql) ? readPartly(sql, reader) : reader.read(sql)))
}

function mentionsUnknown(value: unknown): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.includes(UNKNOWN_NAME) || text.includes(UNKNOWN_NUMBER)
}

/** A text of which only names and values are not known: what it does, whatever they are. */
function readPartly(sql: string, reader: CodeReader): readonly BodyChange[] {
  // What comes after all that is known may go on in any way.
  if (new RegExp(`[\\w)"']${UNKNOWN_NAME}\\s*$`, 'u').test(sql)) return [{ kind: 'opaque', reason: UNKNOWN_SQL }]
  const asNames = reader.read(sql)
  const isRead = (changes: readonly BodyChange[]) => changes.length > 0 && changes.every(({ kind }) => kind !== 'opaque')
  const read = isRead(asNames) ? asNames : reader.read(sql.replaceAll(UNKNOWN_NAME, UNKNOWN_NUMBER))
  return isRead(read) ? read.flatMap(judgePartly) : [{ kind: 'opaque', reason: UNKNOWN_SQL }]
}

function judgePartly(change: BodyChange): readonly BodyChange[] {
  if (!mentionsUnknown(change)) return [change]
  if (KEEPS_DATA.has(change.kind)) return []
  const isOfKnown = (change.kind === 'update' || change.kind === 'delete') && !mentionsUnknown(change.table.name)
  const isSettingKnown = change.kind !== 'update' || change.assignments.every(({ column }) => !mentionsUnknown(column))
  if (isOfKnown && isSettingKnown) return [{ ...change, uncountable: 'it depends on what the code puts together while it runs' }]
  if (change.kind === 'insert' && change.onConflict !== 'update') return []
  return [{ kind: 'opaque', reason: `${UNKNOWN_SQL} (${change.kind.replaceAll('-', ' ')})` }]
}

/** Whatever the names are, no row and no value is lost. */
const KEEPS_DATA: ReadonlySet<ChangeKind['kind']> = new Set<ChangeKind['kind']>([
  'harmless',
  'block',
  'create-table',
  'create-object',
  'create-function',
  'create-enum',
  'add-enum-value',
  'rename-enum-value',
  'drop-object',
  'toggle',
  'add-column',
  'add-constraint',
  'add-check',
  'add-unique',
  'add-exclusion',
  'drop-constraint',
  'validate-constraint',
  'set-not-null',
  'drop-not-null',
  'set-default',
  'drop-default',
  'drop-identity',
  'rename-column',
  'restart-sequence',
])
