import { randomBytes } from 'node:crypto'
import { execa } from 'execa'
import { recordSkip } from './skip.js'
import { once, takeNote } from './test-run.js'

/** A MySQL or MariaDB server with a database for tests. */
export interface MysqlServer {
  /** such as "10.11.19-MariaDB" */
  readonly version: string
  url(database: string): string
  /** @returns its name */
  createDatabase(): Promise<string>
  dropDatabase(name: string): Promise<void>
  /** Runs SQL with the server's own client; columns are separated by tabs, one line a row, without a heading. */
  query(database: string, sql: string): Promise<string>
}

/**
 * The server that TEST_MYSQL_URL names, or null with the reason recorded.
 *
 * @param what the tests that need it
 */
export async function mysqlServer(what = 'MySQL and MariaDB'): Promise<MysqlServer | null> {
  const base = process.env.TEST_MYSQL_URL
  if (!base) return skip(what, 'TEST_MYSQL_URL is not set')
  const client = await findClient()
  if (!client) return skip(what, 'neither mariadb nor mysql is on PATH')
  const query = (database: string, sql: string) => runClient(client, base, database, sql)
  const version = await once('mysql-version', () => query('', 'SELECT version()'))
  takeNote({ kind: 'used', text: `${version.includes('MariaDB') ? 'MariaDB' : 'MySQL'} ${version.split('-')[0]} from TEST_MYSQL_URL` })
  return {
    version,
    query,
    url(database) {
      const target = new URL(base)
      target.pathname = `/${encodeURIComponent(database)}`
      return target.href
    },
    async createDatabase() {
      const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
      await query('', `CREATE DATABASE \`${name}\``)
      return name
    },
    dropDatabase: async (name) => void (await query('', `DROP DATABASE IF EXISTS \`${name.replaceAll('`', '``')}\``)),
  }
}

async function findClient(): Promise<string | undefined> {
  for (const program of ['mariadb', 'mysql']) {
    const { exitCode } = await execa(program, ['--version'], { reject: false })
    if (exitCode === 0) return program
  }
  return undefined
}

/** The password goes through the environment, as it would show in the list of processes. */
async function runClient(client: string, base: string, database: string, sql: string): Promise<string> {
  const { hostname, port, username, password } = new URL(base)
  const target = ['--host', hostname, '--port', port || '3306', '--protocol', 'tcp', '--user', decodeURIComponent(username)]
  const options = ['--batch', '--skip-column-names', ...(database ? ['--database', database] : [])]
  const env = password ? { MYSQL_PWD: decodeURIComponent(password) } : {}
  const { stdout } = await execa(client, ['--no-defaults', ...target, ...options], { input: sql, env })
  return stdout
}

function skip(what: string, why: string): null {
  recordSkip(what, why)
  return null
}
