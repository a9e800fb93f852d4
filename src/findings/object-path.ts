import type { ObjectRef } from '../rules/finding.js'

export type SameName = (written: string, name: string) => boolean

const PART = /"(?:[^"]|"")+"|[^."\s]+|\./g

/** Parts of `Table`, `Table.column`, `schema."My Table".column`, quotes taken away; null when it is not a name. */
export function readPath(text: string): readonly string[] | null {
  if (text === '') return []
  const parts = text.match(PART) ?? []
  const names = parts.filter((_, index) => index % 2 === 0)
  const isPath = parts.length === names.length * 2 - 1 && parts.every((part, index) => (index % 2 === 1 ? part === '.' : part !== '.'))
  if (!isPath || parts.join('') !== text) return null
  return names.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part))
}

/** The opposite of `readPath`: quotes only where it could not be read without. */
export function writePath(parts: readonly string[]): string {
  return parts.map((part) => (/[."\s]/.test(part) || part.startsWith('--') ? `"${part.replaceAll('"', '""')}"` : part)).join('.')
}

/** How people write an object, without its schema unless that is all there is. */
export function shortName(object: ObjectRef): string {
  return writePath([object.table ?? object.type ?? object.schema, object.column].filter((part) => part !== undefined))
}

/** The name with its schema, unless that is the default one. */
export function fullName(object: ObjectRef, defaultSchema: string | null): string {
  const { schema } = object
  const short = shortName(object)
  const isNeeded = schema !== undefined && schema !== defaultSchema && (object.table !== undefined || object.type !== undefined)
  return isNeeded ? `${writePath([schema])}.${short}` : short
}

/** Whether the parts name the object, from its end; a column never without its table. A table names its columns too. */
export function namesObject(path: readonly string[], object: ObjectRef, isSame: SameName): boolean {
  const table = [object.schema, object.table ?? object.type].filter((part) => part !== undefined)
  const isEnd = (whole: readonly string[]) =>
    whole.length >= path.length && path.every((part, index) => isSame(part, whole[whole.length - path.length + index] ?? ''))
  return isEnd(table) || (object.column !== undefined && path.length > 1 && isEnd([...table, object.column]))
}

/** The same for what may be known with its schema or without: a default schema that is written and not known counts as not written. */
export function isNamedBy(path: readonly string[], object: ObjectRef, isSame: SameName, defaultSchema: string | null): boolean {
  if (namesObject(path, object, isSame)) return true
  return object.schema === undefined && path.length > 1 && path[0] === defaultSchema && namesObject(path.slice(1), object, isSame)
}
