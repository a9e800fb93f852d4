import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, LockHolder, RunLock, Target } from '../../src/databases/database.js'
import { acquireLock } from '../../src/databases/postgresql/lock.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { lockFile } from '../../src/databases/sqlite/lock.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { bundleScript } from '../helpers/bundle-script.js'
import { repositoryRoot } from '../helpers/paths.js'
import { type PostgresqlServer, postgresqlServer } from '../helpers/postgresql-server.js'

interface Place {
  readonly database: Database
  readonly target: Target
  close(): Promise<void>
}

let server: PostgresqlServer
beforeAll(async () => {
  server = await postgresqlServer()
})

async function openPostgresql(): Promise<Place> {
  const name = await server.createDatabase()
  return {
    database: postgresql,
    target: postgresql.readTarget(server.url(name), { fileBase: '/', root: '/' }),
    close: () => server.dropDatabase(name),
  }
}

async function openSqlite(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  return {
    database: sqlite,
    target: sqlite.readTarget(`file:${folder}/not/yet.db`, { fileBase: folder, root: folder }),
    close: async () => rmSync(folder, { recursive: true }),
  }
}

function toLock(lock: RunLock | LockHolder): RunLock {
  if ('description' in lock) throw new Error(`held by ${lock.description}`)
  return lock
}

/** Takes the lock in another process, prints `held`, and waits. */
function startHolder(script: string, { database, target }: Place) {
  return execa('node', [script, database.id, target.url.reveal()], { reject: false })
}

describe.each([
  ['PostgreSQL', openPostgresql],
  ['SQLite', openSqlite],
])('the run lock on %s', (_name, open) => {
  let place: Place
  beforeAll(async () => {
    place = await open()
  })
  afterAll(() => place.close())

  test('one at a time; who holds it is told; released it is free', async () => {
    const { database, target } = place
    const first = toLock(await database.lock(target, 0))
    const refused = await database.lock(target, 300)
    expect(refused).toEqual({ description: expect.stringMatching(/process \d+.*since \d{4}-/) })
    setTimeout(() => void first.release(), 300)
    const second = toLock(await database.lock(target, 10_000))
    await second.release()
    await second.release()
    await toLock(await database.lock(target, 0)).release()
  })

  test('ten who want it get it one after the other', async () => {
    let holders = 0
    let most = 0
    const work = async () => {
      const lock = toLock(await place.database.lock(place.target, 30_000))
      holders += 1
      most = Math.max(most, holders)
      await new Promise((resolve) => setTimeout(resolve, 20))
      holders -= 1
      await lock.release()
    }
    await Promise.all(Array.from({ length: 10 }, work))
    expect(most).toBe(1)
  })

  test('it dies with its process, killed at any moment', async () => {
    const holder = startHolder(await bundleScript(join(repositoryRoot, 'test/databases/lock-holder.ts')), place)
    await new Promise((resolve) => holder.stdout?.once('data', resolve))
    expect(await place.database.lock(place.target, 0)).toHaveProperty('description')
    holder.kill('SIGKILL')
    await holder
    await toLock(await place.database.lock(place.target, 10_000)).release()
  })
})

describe('the lock on PostgreSQL', () => {
  test('leaves the database free to be copied and renamed', async () => {
    const { target, close } = await openPostgresql()
    const lock = await acquireLock(target, 0)
    if ('description' in lock) throw new Error(lock.description)
    expect(lock.heldIn).toBe('postgres')
    await server.createDatabase(`${target.name}_copy`, target.name)
    await server.dropDatabase(`${target.name}_copy`)
    await lock.release()
    await close()
  })

  test('a lost connection is noticed and does not end the process', async () => {
    const { target, close } = await openPostgresql()
    const lock = await acquireLock(target, 0)
    if ('description' in lock) throw new Error(lock.description)
    expect(lock.isHeld()).toBe(true)
    await server.query(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = (hashtext($1)::bigint & 4294967295)::oid",
      [target.name],
    )
    await expect.poll(() => lock.isHeld()).toBe(false)
    await lock.release()
    await close()
  })

  test('databases do not hinder each other', async () => {
    const [one, two] = [await openPostgresql(), await openPostgresql()]
    const locks = [toLock(await postgresql.lock(one.target, 0)), toLock(await postgresql.lock(two.target, 0))]
    for (const lock of locks) await lock.release()
    await one.close()
    await two.close()
  })
})

describe('the lock on SQLite', () => {
  test('leaves no file behind, and says what it cannot write', async () => {
    const { target, close } = await openSqlite()
    await toLock(await sqlite.lock(target, 0)).release()
    expect(existsSync(lockFile(target))).toBe(false)
    writeFileSync(lockFile(target), 'not a database at all, and long enough for a header'.repeat(30))
    await expect(sqlite.lock(target, 0)).rejects.toMatchObject({ code: 'locked', why: expect.stringContaining('.safe-migrate-lock') })
    chmodSync(lockFile(target), 0o600)
    await close()
  })
})
