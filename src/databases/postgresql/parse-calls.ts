import type { ObjectName } from '../../sql/change.js'
import { isWithoutEffects } from './functions-without-effects.js'
import { nameOfParts, readNameParts } from './parse-names.js'

/** Names of the functions that any part of the tree calls and that may have effects; each once, in order. */
export function readCalls(tree: unknown): readonly string[] {
  const names = new Set<string>()
  visitTree(tree, (key, value) => {
    if (key !== 'FuncCall') return
    const called = readFunctionName(value)
    if (called === null || isWithoutEffects(called.schema, called.name)) return
    names.add(called.schema === null ? called.name : `${called.schema}.${called.name}`)
  })
  return [...names]
}

/** Names of all functions that any part of the tree calls, without their schemas. */
export function readFunctionNames(tree: unknown): readonly string[] {
  const names: string[] = []
  visitTree(tree, (key, value) => {
    const called = key === 'FuncCall' ? readFunctionName(value) : null
    if (called !== null) names.push(called.name)
  })
  return names
}

/** The server's own functions have no schema. */
function readFunctionName(call: unknown): ObjectName | null {
  if (typeof call !== 'object' || call === null || !('funcname' in call) || !Array.isArray(call.funcname)) return null
  const { schema, name } = nameOfParts(call.funcname.flatMap(readNameParts))
  return { schema: schema === 'pg_catalog' ? null : schema, name }
}

/** Calls `visit` for every key and value of a parse tree, parents first. */
export function visitTree(tree: unknown, visit: (key: string, value: unknown) => void): void {
  if (Array.isArray(tree)) {
    for (const item of tree) visitTree(item, visit)
  } else if (typeof tree === 'object' && tree !== null) {
    for (const [key, value] of Object.entries(tree)) {
      visit(key, value)
      visitTree(value, visit)
    }
  }
}
