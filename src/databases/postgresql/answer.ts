import type { QueryArrayConfig } from 'pg'
import { quoteIdentifier } from '../../util/names.js'
import { type Answer, asPart, type Question, type ReadAnswers, toError } from '../answer.js'
import { STABLE_SETTINGS } from './canonical.js'
import { type PostgresqlConnection, toPostgresql } from './connection.js'
import { isConnectionLost } from './connection-errors.js'
import { parsePostgresqlUrl } from './url.js'

/** https://www.postgresql.org/docs/current/datatype-oid.html: int8, int2, int4, oid, float4, float8, numeric */
const NUMBERS: readonly number[] = [20, 21, 23, 26, 700, 701, 1700]
const asText = (value: unknown): unknown => value

/** Each in a transaction or savepoint of its own: one that fails does not end the others. */
export const readAnswers: ReadAnswers = async (given, questions, timeout) => {
  const connection = toPostgresql(given)
  const { schema } = parsePostgresqlUrl(connection.target.url.reveal())
  // Names mean what they mean to Prisma, also on a connection for reading catalogs.
  const path = schema === null ? 'SET LOCAL search_path TO DEFAULT' : `SET LOCAL search_path = ${quoteIdentifier(schema)}`
  const answers: (Answer | Error)[] = []
  for (const question of questions) {
    const answer = connection.readOnly(timeout, async () => {
      await connection.query([...STABLE_SETTINGS, path].join('; '))
      return readOne(connection, question)
    })
    answers.push(await answer.catch(toAnswer))
  }
  return answers
}

function toAnswer(error: unknown): Error {
  if (isConnectionLost(error)) throw error
  return toError(error)
}

async function readOne(connection: PostgresqlConnection, { sql, limit }: Question): Promise<Answer> {
  const { columns, rows } = await readExtended(connection, `SELECT * FROM ${asPart(sql)} LIMIT ${limit === 0 ? 0 : limit + 1}`)
  const count = rows.length <= limit ? rows.length : await countRows(connection, sql)
  return { count, columns, rows: rows.slice(0, limit) }
}

async function countRows(connection: PostgresqlConnection, sql: string): Promise<number> {
  const { rows } = await readExtended(connection, `SELECT count(*) FROM ${asPart(sql)}`)
  return Number(rows[0]?.[0]?.text)
}

/** By the extended protocol: it takes one statement and no more. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY */
async function readExtended({ client }: PostgresqlConnection, text: string): Promise<Pick<Answer, 'columns' | 'rows'>> {
  const query: QueryArrayConfig & { readonly queryMode: 'extended' } = {
    text,
    rowMode: 'array',
    types: { getTypeParser: () => asText },
    queryMode: 'extended',
  }
  const { fields, rows } = await client.query<unknown[]>(query)
  return {
    columns: fields.map(({ name }) => name),
    rows: rows.map((row) =>
      fields.map(({ dataTypeID }, at) => ({
        text: typeof row[at] === 'string' ? row[at] : null,
        isNumber: NUMBERS.includes(dataTypeID),
      })),
    ),
  }
}
