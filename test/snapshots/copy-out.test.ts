import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectTo } from '../../src/databases/postgresql/connection.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { copyOut } from '../../src/snapshots/engines/copy/copy-out.js'
import { hashFiles } from '../../src/snapshots/verify-files.js'
import { ignoreProgress } from '../../src/util/progress.js'
import { sha256OfFile } from '../../src/util/sha256.js'
import { postgresqlServer } from '../helpers/postgresql-server.js'

const server = await postgresqlServer()
const target = postgresql.readTarget(server.url('postgres'), { fileBase: '/', root: '/' })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-copy-out-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function copyNumbers(file: string) {
  const connection = await connectTo(postgresql, target, 'postgres')
  try {
    const source = '(SELECT i, md5(i::text) FROM generate_series(1, 100000) i)'
    return await copyOut(connection, source, path.join(folder, file), { encoding: 'UTF8', onRows: () => {} })
  } finally {
    await connection.close()
  }
}

test('rows are compressed with their end mark; length and SHA-256 of the file are known when it is written', async () => {
  const copied = await copyNumbers('numbers.br')
  const file = path.join(folder, 'numbers.br')
  const text = brotliDecompressSync(readFileSync(file)).toString()
  expect(text.endsWith('\n\\.\n')).toBe(true)
  expect(copied).toEqual({
    rows: 100_000,
    bytes: text.length - 3,
    written: { bytes: statSync(file).size, plain: text.length, sha256: await sha256OfFile(file) },
  })
})

test('a file that is not on disk as it was written does not get the hash of what is there', async () => {
  const { written } = await copyNumbers('numbers.br')
  writeFileSync(path.join(folder, 'other.json'), '{}')
  appendFileSync(path.join(folder, 'numbers.br'), 'x')
  const [numbers, other] = await hashFiles(folder, ignoreProgress, [{ path: 'numbers.br', ...written }])
  expect(numbers).toEqual({ path: 'numbers.br', ...written })
  expect(other?.sha256).toBe(await sha256OfFile(path.join(folder, 'other.json')))
})
