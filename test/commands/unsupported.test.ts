import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { childEnvironment } from '../helpers/child-environment.js'
import { mysqlServer } from '../helpers/mysql-server.js'
import { repositoryRoot, safeMigrateBin } from '../helpers/paths.js'
import { readReport } from '../helpers/reports.js'
import { runCommand } from '../helpers/run-command.js'

it('a MySQL or MariaDB project is refused by every command, and its database is left alone', async () => {
  const server = await mysqlServer('the refusal of MySQL projects')
  if (server === null) return
  const database = await server.createDatabase()
  onTestFinished(() => server.dropDatabase(database))
  await server.query(database, "CREATE TABLE User (id INT PRIMARY KEY, name TEXT); INSERT INTO User VALUES (1, 'Ada'), (2, 'Bo')")
  const folder = mkdtempSync(path.join(tmpdir(), 'mysql-project-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  symlinkSync(path.join(repositoryRoot, 'node_modules'), path.join(folder, 'node_modules'))
  mkdirSync(path.join(folder, 'prisma', 'migrations', '1_drop'), { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{}')
  writeFileSync(path.join(folder, 'prisma', 'schema.prisma'), 'datasource db {\n  provider = "mysql"\n}\n')
  writeFileSync(path.join(folder, 'prisma', 'migrations', '1_drop', 'migration.sql'), 'DROP TABLE User;\n')
  writeFileSync(path.join(folder, 'prisma.config.ts'), "export default { datasource: { url: process.env['DATABASE_URL'] } }\n")
  const env = childEnvironment(7, { DATABASE_URL: server.url(database) })

  for (const words of [
    ['deploy'],
    ['dev'],
    ['plan'],
    ['status'],
    ['check'],
    ['snapshot', 'create'],
    ['restore', '--yes'],
    ['protect', '--yes'],
  ]) {
    const result = await runCommand(process.execPath, [safeMigrateBin, ...words, '--json'], { cwd: folder, env })
    const { exitCode, error } = readReport(result, 'error')
    expect(exitCode).toBe(2)
    expect(error.message).toBe('The provider "mysql" is not supported.')
    expect(error.next.length).toBeGreaterThan(0)
  }
  expect(await server.query(database, 'SELECT count(*), group_concat(name ORDER BY id) FROM User')).toBe('2\tAda,Bo')
  expect(await server.query(database, 'SHOW TABLES')).toBe('User')
})
