import { migrationFailed, UserError } from './user-error.mjs'

/**
 * Follows a run of migrations through the statements with which the wasm engine keeps `_prisma_migrations`. The wasm
 * engine neither announces a migration nor reports the database's own error; the native engine does both.
 */
export class MigrationRun {
  /** @type {string | undefined} */
  #name
  /** @type {UserError | undefined} */
  failure

  /** @param {(text: string) => void} print shows a line to the user */
  constructor(print) {
    this.print = print
  }

  /**
   * @template {{ sql: string, args: unknown[] }} Query
   * @param {Query} query
   * @returns {Query} the query to send
   */
  observe(query) {
    if (/^INSERT INTO\b.*"?_prisma_migrations"?.*\(/s.test(query.sql)) this.#start(query)
    if (this.failure && /^UPDATE\b.*"?_prisma_migrations"?.*"?logs"?/s.test(query.sql)) return this.#withDatabaseText(query)
    return query
  }

  /** @param {{ sql: string, args: unknown[] }} query */
  #start(query) {
    const columns = /\(([^)]*)\)\s*VALUES/s.exec(query.sql)?.[1]?.split(',') ?? []
    const index = columns.findIndex((column) => column.includes('migration_name'))
    this.#name = String(query.args[index])
    if (!columns.some((column) => column.includes('finished_at'))) this.print(`Applying migration \`${this.#name}\``)
  }

  /**
   * @template {{ sql: string, args: unknown[] }} Query
   * @param {Query} query
   * @returns {Query}
   */
  #withDatabaseText(query) {
    const index = Number(/"?logs"?\s*=\s*(?:\$(\d+)|\?)/.exec(query.sql)?.[1] ?? 1) - 1
    return { ...query, args: query.args.map((value, i) => (i === index ? this.failure?.message : value)) }
  }

  /**
   * Where the failure of a migration cannot be recorded, as in a transaction that it left open, the native engine
   * reports that instead.
   *
   * @template Result
   * @param {() => Promise<Result>} send
   */
  async watch(send) {
    try {
      return await send()
    } catch (/** @type {any} */ error) {
      const text = error.cause?.originalMessage
      if (this.failure && text) this.failure = new UserError('', `ERROR: ${text}`)
      throw error
    }
  }

  /**
   * @param {string} code the database's own code
   * @param {string} text the database's own message
   */
  fail(code, text) {
    if (this.#name !== undefined) this.failure = migrationFailed(this.#name, code, text)
  }
}
