import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { temporaryFolder } from '../snapshot-test.js'
import type { Place } from './place.js'

/** @param rows of some 500 bytes each */
export function sqlitePlace(rows: number, root = temporaryFolder()): Place {
  const file = join(root, 'shop.db')
  write(
    file,
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t(id));
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO t SELECT i, hex(randomblob(250)) FROM n;
     INSERT INTO c SELECT id, id FROM t WHERE id % 3 = 0; CREATE INDEX by_v ON t (substr(v, 1, 10))`,
  )
  return {
    provider: 'sqlite',
    url: `file:${file}`,
    root,
    read: async () => readFile(file),
    readKept: async ({ folder, manifest }) => readFile(join(folder, manifest.engine === 'command' ? 'kept.db' : 'database.sqlite')),
    change: async () => write(file, "UPDATE t SET v = 'changed ' || v; DELETE FROM c WHERE id % 2 = 0; ALTER TABLE c ADD COLUMN more TEXT"),
    strays: async () =>
      readdirSync(root).filter((name) => name.startsWith('shop.db') && !/^shop\.db(-wal|-shm|-journal|\.safe-migrate-lock)?$/.test(name)),
  }
}

function write(file: string, sql: string): void {
  const handle = new Sqlite(file, { timeout: 10_000 })
  handle.exec(sql)
  handle.close()
}

/** Of everything in it: the same text for the same contents. A journal that a killed process left is played back, as any program would. */
function readFile(file: string): string {
  const handle = new Sqlite(file, { timeout: 10_000 })
  try {
    const integrity = handle.pragma('integrity_check', { simple: true })
    if (integrity !== 'ok') return `broken: ${integrity}`
    const hash = createHash('sha256')
    for (const sql of [
      'SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2',
      'SELECT * FROM t ORDER BY id',
      'SELECT * FROM c ORDER BY id',
    ])
      for (const row of handle.prepare(sql).raw().iterate()) hash.update(JSON.stringify(row))
    return hash.digest('hex')
  } finally {
    handle.close()
  }
}
