import { copyFileSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { PostgresqlServer } from './postgresql-server.js'

export type Row = Record<string, unknown>

/** The database of a test project. */
export interface ProjectDatabase {
  /** As the project's environment gives it to Prisma. */
  readonly url: string
  /** Runs SQL on a connection of its own: one statement with values, or several without. Integers come as numbers. */
  query<Result extends Row = Row>(sql: string, ...values: readonly unknown[]): Promise<Result[]>
  drop(): Promise<void>
}

/** @param template a database to start from */
export async function createPostgresqlDatabase(server: PostgresqlServer, template?: string): Promise<ProjectDatabase & { name: string }> {
  const name = await server.createDatabase(undefined, template)
  return {
    name,
    url: server.url(name),
    query: <Result extends Row>(sql: string, ...values: readonly unknown[]) =>
      server.query<Result>(name, sql, values.length > 0 ? values : undefined),
    drop: () => server.dropDatabase(name),
  }
}

/**
 * @param file absolute path
 * @param url as Prisma is told
 * @param template a database file to start from
 */
export function createSqliteDatabase(file: string, url: string, template?: string): ProjectDatabase & { name: string } {
  if (template) copyFileSync(template, file)
  return {
    name: file,
    url,
    async query<Result extends Row>(sql: string, ...values: readonly unknown[]) {
      const database = new Database(file)
      try {
        if (values.length === 0 && holdsSeveralStatements(database, sql)) {
          database.exec(sql)
          return []
        }
        const statement = database.prepare(sql)
        if (statement.reader) return statement.all(...values) as Result[]
        statement.run(...values)
        return []
      } finally {
        database.close()
      }
    },
    async drop() {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
    },
  }
}

function holdsSeveralStatements(database: Database.Database, sql: string): boolean {
  try {
    database.prepare(sql)
    return false
  } catch (error) {
    return error instanceof RangeError // better-sqlite3's own, for more than one statement or none
  }
}
