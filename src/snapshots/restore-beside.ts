import type { Connection } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { findEngine } from './engines/index.js'
import { findRestoreDifferences } from './restore-snapshot.js'
import type { Snapshot, SnapshotContext } from './snapshot.js'

/**
 * Restores a verified snapshot into a database of its own, compares that with the snapshot's fingerprint, and removes it again after `work`.
 * The project's database is not touched.
 * @param work its context is that of the copy
 * @throws SafeMigrateError `snapshot` when it cannot be restored, or is not equal then
 */
export async function withRestored<T>(
  context: SnapshotContext,
  snapshot: Snapshot,
  work: (inScratch: SnapshotContext) => Promise<T>,
): Promise<T> {
  const engine = findEngine(snapshot.manifest.engine)
  const scratch = await engine.makeScratch?.(context, snapshot)
  if (scratch === undefined) throw cannotBeTried(snapshot)
  // What a killed one left.
  await scratch.remove()
  const { project } = context
  let connection: Connection | null = null
  const connect = async () => {
    connection ??= await project.database.connect(scratch.target)
    return connection
  }
  const inScratch: SnapshotContext = {
    ...context,
    project: { ...project, target: scratch.target },
    get connection() {
      if (connection === null) throw new Error(`${scratch.target.label} is not there yet`)
      return connection
    },
    withoutConnection: async (inner) => {
      await connection?.close()
      connection = null
      const result = await inner()
      await connect()
      return result
    },
  }
  try {
    const outcome = await engine.restore(inScratch, snapshot, { isKept: true })
    await connect()
    const differences = outcome.isProven ? [] : await findRestoreDifferences(inScratch, snapshot)
    if (differences.length > 0) throw notEqual(snapshot, differences)
    return await work(inScratch)
  } finally {
    await (connection as Connection | null)?.close()
    await scratch.remove()
  }
}

function cannotBeTried(snapshot: Snapshot): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} cannot be restored into a database beside the project's: it was taken by the engine ${snapshot.manifest.engine}.`,
    next: [`Verify it without: safe-migrate snapshot verify ${snapshot.id}`],
  })
}

function notEqual(snapshot: Snapshot, differences: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `Snapshot ${snapshot.id} was restored into a database of its own, and is not what its fingerprint says.`,
    why: differences.slice(0, 10).join('; '),
    next: ['Do not rely on it. Take another one: safe-migrate snapshot create'],
  })
}
