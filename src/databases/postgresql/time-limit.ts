import type { Connection } from '../database.js'

/** Of each statement of the transaction. @param deadline as `performance.now()` counts; zero milliseconds would be no limit at all */
export async function limitTime(connection: Connection, deadline: number): Promise<void> {
  await connection.query(`SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(deadline - performance.now()))}`)
}

export async function endTimeLimit(connection: Connection): Promise<void> {
  await connection.query('SET LOCAL statement_timeout = 0')
}
