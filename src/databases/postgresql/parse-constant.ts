import type { FuncCall, Node } from 'libpg-query'
import { nameOfParts, quoteName, readNameParts } from './parse-names.js'

/** The value of a text expression made of constants only, `||`, `format`, `quote_ident`, `quote_literal` and `concat`; null when it depends on anything else. */
export function evaluateText(expression: string, reader: { parse(sql: string): readonly Node[] }): string | null {
  try {
    const [statement] = reader.parse(`SELECT ${expression}`)
    const target = statement !== undefined && 'SelectStmt' in statement ? statement.SelectStmt.targetList?.[0] : undefined
    return target !== undefined && 'ResTarget' in target ? evaluate(target.ResTarget.val) : null
  } catch {
    return null
  }
}

function evaluate(node: Node | undefined): string | null {
  if (node === undefined) return null
  if ('A_Const' in node) return node.A_Const.sval?.sval ?? (node.A_Const.ival === undefined ? null : String(node.A_Const.ival.ival ?? 0))
  if ('TypeCast' in node) return evaluate(node.TypeCast.arg)
  if ('FuncCall' in node) return evaluateCall(node.FuncCall)
  if ('A_Expr' in node && readNameParts(node.A_Expr.name?.[0]).join() === '||')
    return join([evaluate(node.A_Expr.lexpr), evaluate(node.A_Expr.rexpr)])
  return null
}

function evaluateCall(call: FuncCall): string | null {
  const { name } = nameOfParts((call.funcname ?? []).flatMap(readNameParts))
  const args = (call.args ?? []).map(evaluate)
  const known = args.filter((arg) => arg !== null)
  if (known.length !== args.length) return null
  if (name === 'concat') return known.join('')
  if (name === 'quote_ident') return quoteName(known[0] ?? '')
  if (name === 'quote_literal') return quoteLiteral(known[0] ?? '')
  return name === 'format' ? formatText(known) : null
}

function join(parts: readonly (string | null)[]): string | null {
  return parts.some((part) => part === null) ? null : parts.join('')
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
