import { type Answer, type AnswerValue, asPart, type Question, type ReadAnswers, toError } from '../answer.js'
import type { Connection } from '../database.js'
import { toSqlite } from './connection.js'

/** One process asks them all; SQLite goes on after one that fails. */
export const readAnswers: ReadAnswers = async (connection, questions, timeout) => {
  const isAsking = questions.some(({ limit }) => limit > 0)
  return isAsking ? connection.readOnly(timeout, () => askAll(connection, questions)) : askAll(connection, questions)
}

async function askAll(connection: Connection, questions: readonly Question[]): Promise<readonly (Answer | Error)[]> {
  const answers: (Answer | Error)[] = []
  for (const question of questions) answers.push(await readOne(connection, question).catch(toError))
  return answers
}

async function readOne(connection: Connection, { sql, limit }: Question): Promise<Answer> {
  // A statement that is prepared is understood, and not run. Several are refused.
  toSqlite(connection).handle.prepare(`SELECT * FROM ${asPart(sql)}`)
  if (limit === 0) return { count: 0, columns: [], rows: [] }
  const found = await connection.query(`SELECT * FROM ${asPart(sql)} LIMIT ${limit + 1}`)
  const [counted] = found.length <= limit ? [] : await connection.query(`SELECT count(*) AS n FROM ${asPart(sql)}`)
  return {
    count: counted === undefined ? found.length : Number(counted.n),
    columns: Object.keys(found[0] ?? {}),
    rows: found.slice(0, limit).map((row) => Object.values(row).map(toValue)),
  }
}

function toValue(value: unknown): AnswerValue {
  if (value === null || value === undefined) return { text: null, isNumber: false }
  if (value instanceof Uint8Array) return { text: `x'${Buffer.from(value).toString('hex').toUpperCase()}'`, isNumber: false }
  return { text: String(value), isNumber: typeof value === 'bigint' || typeof value === 'number' }
}
