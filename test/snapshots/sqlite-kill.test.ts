import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { openContext, projectOn, temporaryFolder } from './snapshot-test.js'
import { startChild } from './start-child.js'

/** Some 30 MB: long enough to be killed in the middle. */
const ROWS = 30_000

function digestOf(file: string): string {
  const handle = new Sqlite(file)
  try {
    expect(handle.pragma('integrity_check', { simple: true })).toBe('ok')
    const hash = createHash('sha256')
    for (const row of handle.prepare('SELECT * FROM t ORDER BY id').raw().iterate()) hash.update(JSON.stringify(row))
    return hash.digest('hex')
  } finally {
    handle.close()
  }
}

describe.each(['DELETE', 'WAL'])('a restore of SQLite that is killed (journal mode %s)', (mode) => {
  test('leaves the old or the new state, never a mix', async () => {
    const root = temporaryFolder()
    const file = join(root, 'big.db')
    const url = `file:${file}`
    const handle = new Sqlite(file)
    handle.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
      WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS}) INSERT INTO t SELECT i, hex(randomblob(500)) FROM c`)
    handle.close()
    const context = await openContext(projectOn('sqlite', url, root))
    const store = openStore(join(root, 'snapshots'))
    const snapshot = await takeSnapshot(context, { store, reason: 'manual' })
    const then = digestOf(file)
    await context.connection.query("UPDATE t SET v = 'migrated ' || v")
    const now = digestOf(file)
    await context.close()

    const seen = new Set<string>()
    const moments = ['replace-contents', 'Restoring the database', 20, 80, 200] as const
    for (const moment of moments) {
      const child = await startChild('restore', 'sqlite', url, root, typeof moment === 'string' ? moment : 'replace-contents-never')
      if (typeof moment === 'string') expect(await child.whenThere).toBe('there')
      else {
        // From when the old file begins to change: in the middle of the copy, its commit, or the proof afterwards.
        await waitForRestore(store.folder, snapshot.id)
        await new Promise((resolve) => setTimeout(resolve, moment))
      }
      await child.kill()
      const found = digestOf(file)
      expect([then, now]).toContain(found)
      seen.add(found === then ? 'then' : 'now')
      // Back to the migrated state for the next one; the safety snapshots of killed runs are of no use here.
      for (const one of (await store.list()).usable) if (one.id !== snapshot.id) await (await store.withdraw(one)).discard()
      if (found === then) {
        const back = new Sqlite(file)
        back.exec("UPDATE t SET v = 'migrated ' || v")
        back.close()
      }
    }
    expect(seen).toContain('now')

    const again = await openContext(projectOn('sqlite', url, root))
    await restoreSnapshot(again, snapshot, { store })
    await again.close()
    expect(digestOf(file)).toBe(then)
  }, 180_000)
})

/** Until the safety snapshot is complete: then the restore itself begins. */
async function waitForRestore(folder: string, id: string): Promise<void> {
  for (;;) {
    const { usable } = await openStore(folder).list()
    if (usable.some((one) => one.id !== id)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
