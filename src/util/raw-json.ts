/** Members of a JSON object as they are written: no digit of a number is lost. @param json valid JSON, an object @throws RangeError for a name that comes twice */
export function readMembers(json: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = skipBlanks(json, json.indexOf('{') + 1)
  while (json[at] === '"') {
    const end = endOfText(json, at)
    const name = parseText(json.slice(at, end))
    if (members.has(name)) throw new RangeError(`"${name}" is there twice`)
    const from = skipBlanks(json, skipBlanks(json, end) + 1)
    const to = endOfValue(json, from)
    members.set(name, json.slice(from, to))
    at = skipBlanks(json, to)
    if (json[at] === ',') at = skipBlanks(json, at + 1)
  }
  return members
}

/** Elements of a JSON array as they are written. @param json valid JSON, an array */
export function readElements(json: string): string[] {
  const elements: string[] = []
  let at = skipBlanks(json, json.indexOf('[') + 1)
  while (at < json.length && json[at] !== ']') {
    const to = endOfValue(json, at)
    elements.push(json.slice(at, to))
    at = skipBlanks(json, to)
    if (json[at] === ',') at = skipBlanks(json, at + 1)
  }
  return elements
}

/** The text of a JSON string. */
export function parseText(json: string): string {
  return json.includes('\\') ? String(JSON.parse(json)) : json.slice(1, -1)
}

function skipBlanks(json: string, from: number): number {
  let at = from
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\t' || json[at] === '\r') at++
  return at
}

function endOfText(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let backslashes = 0
    while (json[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
  return json.length
}

function endOfValue(json: string, from: number): number {
  if (json[from] === '"') return endOfText(json, from)
  let depth = 0
  let at = from
  while (at < json.length) {
    const one = json[at]
    if (one === '"') {
      at = endOfText(json, at)
      continue
    }
    if (one === '{' || one === '[') depth++
    else if (one === '}' || one === ']') {
      if (depth === 0) return at
      depth--
      if (depth === 0) return at + 1
    } else if (depth === 0 && (one === ',' || one === ' ' || one === '\n' || one === '\t' || one === '\r')) return at
    at++
  }
  return at
}
