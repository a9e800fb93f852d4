import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { JsonScanner } from './json-scanner.js'

const BUFFER = 1 << 18
const KNOWN_FORMAT = 1

/** Some rows of one table, in the order of the file. A table without rows comes once, with none. */
export interface JsonBatch {
  /** Base name of the file. */
  readonly file: string
  /** As the file calls it. */
  readonly table: string
  /** The name comes from the name of the file, where it may have lost what file names cannot hold. */
  readonly isFileName: boolean
  readonly rows: readonly { readonly line: number; readonly json: string }[]
}

/** The files that a path means: itself, or the NDJSON files of an export. @throws SafeMigrateError `usage` */
export async function findJsonFiles(given: string): Promise<readonly string[]> {
  const stats = await stat(given).catch(() => null)
  if (stats === null) throw unreadable(given, 'It is not there.')
  if (!stats.isDirectory()) return [given]
  const files = (await readdir(given)).filter((name) => /\.(ndjson|jsonl)$/i.test(name)).sort()
  if (files.length === 0) throw unreadable(given, 'No .ndjson file is in it.')
  return files.map((name) => path.join(given, name))
}

/** @throws SafeMigrateError `usage` with the line, when a file is not what `snapshot export` writes */
export async function* readJson(file: string): AsyncGenerator<JsonBatch> {
  const name = path.basename(file)
  try {
    if (/\.json$/i.test(file)) yield* readOneFile(file, name)
    else yield* readLinesFile(file, name)
  } catch (error) {
    if (error instanceof SafeMigrateError) throw error
    throw unreadable(name, error instanceof TypeError ? 'It is not valid UTF-8.' : `${messageOf(error)}.`)
  }
}

async function* readOneFile(file: string, name: string): AsyncGenerator<JsonBatch> {
  const scanner = new JsonScanner()
  let tables = 0
  for await (const text of decode(file)) {
    scanner.feed(text)
    if (scanner.metadata !== null) requireFormat(name, scanner.metadata)
    for (; tables < scanner.tables.length; tables++) yield { file: name, table: scanner.tables[tables] ?? '', isFileName: false, rows: [] }
    const rows = scanner.rows.splice(0)
    let from = 0
    for (let to = 1; to <= rows.length; to++) {
      const table = rows[from]?.table ?? ''
      if (rows[to]?.table === table) continue
      yield { file: name, table, isFileName: false, rows: rows.slice(from, to) }
      from = to
    }
  }
  scanner.finish()
}

async function* readLinesFile(file: string, name: string): AsyncGenerator<JsonBatch> {
  const table = path.parse(name).name
  yield { file: name, table, isFileName: true, rows: [] }
  let held: string[] = []
  let line = 1
  for await (const text of decode(file)) {
    const lines = text.split('\n')
    held.push(lines[0] ?? '')
    if (lines.length === 1) continue
    const whole = [held.join(''), ...lines.slice(1, -1)]
    held = [lines.at(-1) ?? '']
    const rows = whole.map((json, at) => ({ line: line + at, json })).filter(({ json }) => json.trim() !== '')
    line += whole.length
    yield { file: name, table, isFileName: true, rows }
  }
  const json = held.join('')
  if (json.trim() !== '') yield { file: name, table, isFileName: true, rows: [{ line, json }] }
}

/** @throws TypeError when it is not UTF-8 */
async function* decode(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of createReadStream(file, { highWaterMark: BUFFER })) yield decoder.decode(chunk as Buffer, { stream: true })
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

function requireFormat(file: string, metadata: string): void {
  const { format } = z.object({ format: z.number().optional() }).parse(JSON.parse(metadata))
  if (format === undefined || format <= KNOWN_FORMAT) return
  throw new SafeMigrateError({
    code: 'usage',
    message: `${file} was written by a newer safe-migrate (format ${format}).`,
    next: ['Update safe-migrate: npm install safe-migrate@latest'],
  })
}

function unreadable(file: string, why: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `${file} cannot be imported. Nothing was changed.`,
    why,
    next: ['Give a .json file of `snapshot export --as json`, a .ndjson file that is called like its model, or a folder of them.'],
  })
}
