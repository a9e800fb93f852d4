import { parseText, readElements, readMembers } from '../../util/raw-json.js'
import type { JsonColumn } from '../json-rows.js'

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * A row that `selectJson` wrote, as a line in COPY's text format. https://www.postgresql.org/docs/current/sql-copy.html
 * @throws RangeError that names the member which is missing or no value of its type could be
 */
export function toCopyLine(json: string, columns: readonly Pick<JsonColumn, 'key' | 'type'>[]): string {
  const members = readMembers(json)
  const fields = columns.map(({ key, type }) => {
    const raw = members.get(key)
    if (raw === undefined) throw new RangeError(`${key} is missing`)
    const text = toText(raw, type)
    return text === null ? '\\N' : escapeCopyText(text)
  })
  return `${fields.join('\t')}\n`
}

export function escapeCopyText(text: string): string {
  return text.replaceAll(/[\\\n\r\t]/g, (one) => ESCAPES[one] ?? one)
}

/** The text that the type's input function reads; null for NULL. @param raw the value as it is written @param type as the server prints it */
export function toText(raw: string, type: string): string | null {
  if (raw === 'null') return null
  if (type === 'json' || type === 'jsonb') return toJsonText(raw)
  if (type.endsWith('[]') && raw.startsWith('[')) return toArrayText(raw)
  if (!raw.startsWith('"')) return raw
  const text = parseText(raw)
  return type === 'bytea' ? `\\x${Buffer.from(text, 'base64').toString('hex')}` : text
}

function toJsonText(raw: string): string {
  if (!raw.startsWith('{') || !(raw.includes('"$json"') || raw.includes('"$text"'))) return raw
  const [first, ...others] = readMembers(raw)
  if (first === undefined || others.length > 0) return raw
  const [name, value] = first
  return name === '$text' ? parseText(value) : name === '$json' ? value : raw
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function toArrayText(raw: string): string {
  const elements = readElements(raw).map((element) => {
    if (element.startsWith('[')) return toArrayText(element)
    if (!element.startsWith('"')) return element === 'null' ? 'NULL' : element
    return `"${parseText(element).replaceAll(/["\\]/g, String.raw`\$&`)}"`
  })
  return `{${elements.join(',')}}`
}
