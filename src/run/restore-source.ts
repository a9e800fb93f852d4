import type { Target } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { requireOpening } from '../snapshots/encryption/open-snapshot.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { findSnapshot } from './find-snapshot.js'
import type { RunOptions } from './run.js'
import { openSession } from './session.js'

/** A restore into the project's database, or (`source` is the project's then, `project.target` the other) into another one. */
export type RestoreRunOptions = RunOptions

/** @param wanted see `Store.find`; of the project's own database @throws SafeMigrateError `snapshot` */
export async function findForRestore(
  options: RestoreRunOptions,
  wanted: string,
): Promise<{ readonly snapshot: Snapshot; readonly force: boolean }> {
  const { project, config, source } = options
  if (source !== undefined) await refuseSameDatabase(options, source)
  const snapshot = await findSnapshot(options, wanted, (source ?? project.target).identity)
  requireOpening(config, snapshot)
  if (wanted !== snapshot.id) options.ui.show({ type: 'notice', message: `Snapshot ${snapshot.id}, taken ${snapshot.manifest.takenAt}.` })
  return { snapshot, force: source !== undefined }
}

/** Two URLs can mean one database: both are asked. */
async function refuseSameDatabase({ project }: RestoreRunOptions, source: Target): Promise<void> {
  const { database, target } = project
  if (source.identity !== target.identity && (await identify(target)) !== (await identify(source))) return
  throw new SafeMigrateError({
    code: 'usage',
    message: `--to names the project's own database, ${source.label}.`,
    why: 'Nothing was changed.',
    next: ['To restore into the project’s database, leave --to out.'],
  })

  async function identify(one: Target): Promise<string | symbol> {
    if (!(await database.exists(one))) return Symbol(one.identity)
    const session = await openSession(database, one)
    try {
      return await database.identify(session.connection)
    } finally {
      await session.close()
    }
  }
}
