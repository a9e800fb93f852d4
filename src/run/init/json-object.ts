/** Where an object lies in JSON text: the offsets of its braces, and of the end of its last member (null when it is empty). */
export interface JsonObjectSpan {
  readonly open: number
  readonly close: number
  readonly lastEnd: number | null
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** Finds the object at a key of the outermost object, or the outermost object itself. Null when it is not there. */
export function findObject(json: string, key: string | null): JsonObjectSpan | null {
  const target = key === null ? 1 : 2
  let depth = 0
  let open: number | null = key === null ? json.indexOf('{') : null
  let lastEnd: number | null = null
  let previous: readonly string[] = []
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (token === '{' && depth === 1 && key !== null && previous[0] === JSON.stringify(key) && previous[1] === ':') open = index
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    if (open !== null && index > open) {
      if (depth === target - 1) return { open, close: index, lastEnd }
      lastEnd = index + token.length
    }
    previous = [previous[1] ?? '', token]
  }
  return null
}
