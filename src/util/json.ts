import { readFileSync } from 'node:fs'

/** Whether it has keys: no array, not null. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** For the few keys of a package.json, where a schema would cost more to load than all the rest. @throws SyntaxError TypeError when it is no object */
export function readJsonObject(file: string | URL): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (isJsonObject(value)) return value
  throw new TypeError(`${file} is not a JSON object.`)
}
