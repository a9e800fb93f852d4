import type { Connection } from './database.js'

/** What a query of the user's gave. */
export interface Answer {
  /** How many rows, exactly. */
  readonly count: number
  readonly columns: readonly string[]
  /** The first ones. */
  readonly rows: readonly (readonly AnswerValue[])[]
}

export interface AnswerValue {
  /** Exact, whatever the session's settings say; null is NULL. */
  readonly text: string | null
  readonly isNumber: boolean
}

/** A query of the user's. */
export interface Question {
  readonly sql: string
  /** Rows to be read; none: the query is only checked, and not run. */
  readonly limit: number
}

/**
 * Runs SELECTs of the user's, read-only: nothing else is possible there, as each is made a part of another one.
 * @param timeout milliseconds for each of at most two statements a question
 * @returns for each what it gave, or what the database said against it
 * @throws when the connection is lost
 */
export type ReadAnswers = (connection: Connection, questions: readonly Question[], timeout: number) => Promise<readonly (Answer | Error)[]>

/** What failed is an answer too. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Semicolons at the end, also with a comment behind (that holds no quote, and so is in none), belong to no part of a statement. */
const END = /(?:\s+|;\s*(?:--[^\n'"$]*)?)$/

/** A comment at the end must not swallow what follows. */
export function asPart(sql: string): string {
  let part = sql
  while (END.test(part)) part = part.replace(END, '')
  return `(\n${part}\n) AS safe_migrate_answer`
}
