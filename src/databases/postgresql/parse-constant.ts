import type { FuncCall, Node } from 'libpg-query'
import { nameOfParts, quoteName, readNameParts } from './parse-names.js'
import { mentionsVariable } from './parse-variables.js'

/** What stands in a text for what is known only when the code runs. It reads as a name, and in the place of a number as `UNKNOWN_NUMBER`. */
export const UNKNOWN_NAME = 'known_only_when_it_runs'
export const UNKNOWN_NUMBER = '918273645'

/** Values that the variables of a body may have; a variable that is not there may have any. */
export interface CodeValues {
  readonly texts: ReadonlyMap<string, readonly string[]>
  readonly lists: ReadonlyMap<string, readonly string[]>
}

interface Reader {
  parse(sql: string): readonly Node[]
}

const MAX_TEXTS = 200

/** The texts that an expression of constants, variables, `||`, `format`, `quote_ident`, `quote_literal` and `concat` may give, with `UNKNOWN_NAME` where it depends on anything else. */
export function evaluateTexts(expression: string, values: CodeValues, reader: Reader): readonly string[] {
  const node = readTarget(expression, reader)
  if (node === undefined) return [UNKNOWN_NAME]
  const names = [...values.texts.keys()].filter((name) => mentionsVariable([expression], [name]))
  const count = names.reduce((product, name) => product * (values.texts.get(name)?.length ?? 1), 1)
  if (count > MAX_TEXTS) return [evaluate(node, new Map())]
  let bindings: readonly ReadonlyMap<string, string>[] = [new Map()]
  for (const name of names)
    bindings = bindings.flatMap((bound) => (values.texts.get(name) ?? []).map((text) => new Map([...bound, [name, text]])))
  return [...new Set(bindings.map((bound) => evaluate(node, bound)))]
}

/** The members of an array of constants; null for any other expression. */
export function evaluateList(expression: string, values: CodeValues, reader: Reader): readonly string[] | null {
  const node = withoutCast(readTarget(expression, reader))
  if (node === undefined) return null
  if ('ColumnRef' in node) return values.lists.get(readVariable(node) ?? '') ?? null
  if ('A_Const' in node) return /^\{([\w, ]+)\}$/.exec(node.A_Const.sval?.sval ?? '')?.[1]?.split(/\s*,\s*/) ?? null
  if (!('A_ArrayExpr' in node)) return null
  return (node.A_ArrayExpr.elements ?? []).map((element) => evaluate(element, new Map()))
}

function readTarget(expression: string, reader: Reader): Node | undefined {
  try {
    const [statement] = reader.parse(`SELECT ${expression}`)
    const target = statement !== undefined && 'SelectStmt' in statement ? statement.SelectStmt.targetList?.[0] : undefined
    return target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  } catch {
    return undefined
  }
}

function withoutCast(node: Node | undefined): Node | undefined {
  return node !== undefined && 'TypeCast' in node ? withoutCast(node.TypeCast.arg) : node
}

function readVariable(node: Node): string | null {
  const fields = 'ColumnRef' in node ? (node.ColumnRef.fields ?? []).flatMap(readNameParts) : []
  return fields.length === 1 ? (fields[0] ?? null) : null
}

function evaluate(value: Node | undefined, bound: ReadonlyMap<string, string>): string {
  const node = withoutCast(value)
  if (node === undefined) return UNKNOWN_NAME
  if ('A_Const' in node)
    return node.A_Const.sval?.sval ?? (node.A_Const.ival === undefined ? UNKNOWN_NAME : String(node.A_Const.ival.ival ?? 0))
  if ('FuncCall' in node) return evaluateCall(node.FuncCall, bound)
  if ('A_Expr' in node && readNameParts(node.A_Expr.name?.[0]).join() === '||')
    return evaluate(node.A_Expr.lexpr, bound) + evaluate(node.A_Expr.rexpr, bound)
  return bound.get(readVariable(node) ?? '') ?? UNKNOWN_NAME
}

function evaluateCall(call: FuncCall, bound: ReadonlyMap<string, string>): string {
  const { name } = nameOfParts((call.funcname ?? []).flatMap(readNameParts))
  const args = (call.args ?? []).map((arg) => evaluate(arg, bound))
  if (name === 'concat') return args.join('')
  if (name === 'quote_ident') return quoteName(args[0] ?? '')
  if (name === 'quote_literal' || name === 'quote_nullable') return quoteLiteral(args[0] ?? '')
  return (name === 'format' ? formatText(args) : null) ?? UNKNOWN_NAME
}

/** https://www.postgresql.org/docs/current/functions-string.html#FUNCTIONS-STRING-FORMAT */
function formatText([template, ...values]: readonly string[]): string | null {
  let next = 0
  let isComplete = true
  const text = (template ?? '').replace(/%(?:(\d+)\$)?-?\d*([%sIL])/g, (_, position: string | undefined, type: string) => {
    if (type === '%') return '%'
    const value = values[position === undefined ? next : Number(position) - 1]
    next = position === undefined ? next + 1 : Number(position)
    if (value === undefined) isComplete = false
    return type === 'I' ? quoteName(value ?? '') : type === 'L' ? quoteLiteral(value ?? '') : (value ?? '')
  })
  return isComplete ? text : null
}

function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
