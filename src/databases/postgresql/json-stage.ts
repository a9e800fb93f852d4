import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import { messageOf } from '../../errors.js'
import { quoteIdentifier as quote } from '../../util/names.js'
import { parseText, readElements, readMembers } from '../../util/raw-json.js'
import { countDecimals } from '../field-value.js'
import type { JsonProblem, JsonRow, JsonStageColumn, OpenJsonStage } from '../json-stage.js'
import { connectTo, type PostgresqlConnection } from './connection.js'
import { escapeCopyText, toText } from './json-values.js'
import { postgresql } from './postgresql.js'

const WHOLE = /^(smallint|integer|bigint|oid)$/
const NUMBER = /^(numeric|real|double precision|money)/
const TEXTUAL = /^(text|character|name|citext|uuid)/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const SETTINGS = ["SET DateStyle = 'ISO, YMD'", "SET IntervalStyle = 'postgres'", "SET lc_monetary = 'C'", 'SET statement_timeout = 0']

/** Temporary tables with the types of the live columns. */
export const openJsonStage: OpenJsonStage = async (target) => {
  const connection = await connectTo(postgresql, target, target.name)
  await connection.query(SETTINGS.join('; '))
  let tables = 0
  return {
    addTable: async (_table, columns) => {
      const sqlName = `pg_temp.${quote(`safe_migrate_import_${tables++}`)}`
      const definitions = columns.map(({ name, type }) => `${quote(name)} ${type}`)
      await connection.query(`CREATE TEMPORARY TABLE ${sqlName} (${definitions.join(', ')})`)
      return { connection, sqlName, write: (rows) => writeRows(connection, sqlName, columns, rows) }
    },
    close: () => connection.close(),
  }
}

interface Line {
  readonly line: number
  readonly text: string
}

async function writeRows(
  connection: PostgresqlConnection,
  sqlName: string,
  columns: readonly JsonStageColumn[],
  rows: readonly JsonRow[],
): Promise<readonly JsonProblem[]> {
  const problems: JsonProblem[] = []
  let lines: Line[] = rows.flatMap(({ line, json }) => {
    const text = toLine(line, json, columns, problems)
    return text === null ? [] : [{ line, text }]
  })
  // The server names one row at a time; the others are tried again without it.
  while (lines.length > 0) {
    const refused = await copyLines(connection, sqlName, columns, lines)
    if (refused === null) break
    const { place, message } = refused
    problems.push({ line: lines[place]?.line ?? 0, message })
    lines = lines.toSpliced(place, 1)
  }
  return problems
}

/** Null: it has problems. */
function toLine(line: number, json: string, columns: readonly JsonStageColumn[], problems: JsonProblem[]): string | null {
  const members = readMembers(json)
  let isSound = true
  const fields = columns.map((column) => {
    const raw = members.get(column.key) ?? 'null'
    const problem = findProblem(raw, column)
    if (problem !== null) {
      isSound = false
      problems.push({ line, message: `${column.key} ${problem}` })
      return ''
    }
    const text = toText(raw, column.type)
    return text === null ? '\\N' : escapeCopyText(text)
  })
  return isSound ? `${fields.join('\t')}\n` : null
}

/** What the server would take, and change. */
function findProblem(raw: string, { type, notNull }: JsonStageColumn): string | null {
  if (raw === 'null') return notNull ? 'is null, and may not be' : null
  if (type === 'json' || type === 'jsonb') return null
  if (!type.endsWith('[]')) return findValueProblem(raw, type)
  if (raw.startsWith('"')) return null
  if (!raw.startsWith('[')) return `is no list, and the column is ${type}`
  return findElementProblem(raw, type.replace(/(\[\])+$/, ''))
}

function findElementProblem(raw: string, type: string): string | null {
  for (const element of readElements(raw)) {
    if (element === 'null') continue
    const problem = element.startsWith('[')
      ? findElementProblem(element, type)
      : type.startsWith('json')
        ? null
        : findValueProblem(element, type === 'bytea' ? 'text' : type)
    if (problem !== null) return problem
  }
  return null
}

function findValueProblem(raw: string, type: string): string | null {
  if (raw.startsWith('{') || raw.startsWith('[')) return `is ${raw.startsWith('{') ? 'an object' : 'a list'}, and the column is ${type}`
  const isText = raw.startsWith('"')
  const isNumber = !isText && raw !== 'true' && raw !== 'false'
  if (type === 'boolean') return isText || isNumber ? 'is neither true nor false' : null
  if (!isText && !isNumber) return `is ${raw}, and the column is ${type}`
  if (TEXTUAL.test(type)) return isNumber ? `is a number, and the column is ${type}` : null
  const value = isText ? parseText(raw) : raw
  if (type === 'bytea') return isText && BASE64.test(value) ? null : 'is no base64'
  if (WHOLE.test(type)) return /^-?\d+$/.test(value) ? null : `is no whole number, and the column is ${type}`
  if (NUMBER.test(type)) return findScaleProblem(value, type)
  return isNumber ? `is a number, and the column is ${type}` : findPrecisionProblem(value, type)
}

/** The server would round silently. */
function findScaleProblem(value: string, type: string): string | null {
  const scale = /^numeric\(\d+,(-?\d+)\)/.exec(type)?.[1]
  if (scale === undefined || !/\d/.test(value)) return null
  return countDecimals(value) > Math.max(0, Number(scale)) ? `has more than the ${scale} decimal places of ${type}` : null
}

function findPrecisionProblem(value: string, type: string): string | null {
  const [, digits] = /^time(?:stamp)?\((\d)\)/.exec(type) ?? []
  const most = /^time/.test(type) ? Number(digits ?? 6) : null
  const [, fraction = ''] = /:\d{2}\.(\d+)/.exec(value) ?? []
  return most !== null && fraction.replace(/0+$/, '').length > most ? `is more exact than ${type}` : null
}

async function copyLines(
  connection: PostgresqlConnection,
  sqlName: string,
  columns: readonly JsonStageColumn[],
  lines: readonly Line[],
): Promise<{ readonly place: number; readonly message: string } | null> {
  // Without columns every row is an empty line, and COPY takes no empty list.
  const list = columns.length === 0 ? '' : ` (${columns.map(({ name }) => quote(name)).join(', ')})`
  const destination = connection.client.query(copyFrom(`COPY ${sqlName}${list} FROM STDIN WITH (ENCODING 'UTF8')`))
  try {
    await pipeline(Readable.from([Buffer.from(lines.map(({ text }) => text).join(''))]), destination)
    return null
  } catch (error) {
    const where = typeof error === 'object' && error !== null && 'where' in error ? String(error.where) : ''
    const [, line, name] = /^COPY [^,]*,\D*(\d+)(?:, \S+ ([^\n]*?):)?/m.exec(where) ?? []
    if (line === undefined) throw error
    const key = columns.find((column) => column.name === name)?.key
    return { place: Number(line) - 1, message: key === undefined ? messageOf(error) : `${key}: ${messageOf(error)}` }
  }
}
