import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, SafeMigrateError } from '../../../errors.js'
import { requireUnwritten } from '../../require-unwritten.js'
import type { RestoreOptions, RestoreOutcome, SnapshotContext } from '../../snapshot.js'
import { exists, installFile } from './install-file.js'
import { BUSY_TIMEOUT, replaceContents, setJournalMode } from './replace-contents.js'

const DEFAULT_MODE = 0o644

/**
 * Makes the project's database what the database file `source` is, in one step for everybody else.
 * @param details of the manifest: `journalMode` and `fileMode` of then
 * @throws SafeMigrateError `snapshot`; then the database is as it was
 */
export async function restoreFile(
  context: SnapshotContext,
  source: string,
  details: Readonly<Record<string, unknown>>,
  { isKept, kept }: RestoreOptions,
): Promise<RestoreOutcome> {
  if (!isKept) throw new Error('the database would be overwritten without a snapshot of it')
  // The lock that keeps others out can only be taken by what overwrites it: this leaves them a moment, and not all that came before.
  if (kept) await requireUnwritten(context, context.connection, kept)
  await context.withoutConnection(() => replaceFile(context, source, details))
  return { replaced: null, isProven: false, disconnected: [] }
}

async function replaceFile(
  context: SnapshotContext,
  source: string,
  { journalMode, fileMode }: Readonly<Record<string, unknown>>,
): Promise<void> {
  const file = context.project.target.name
  if (await exists(file)) {
    await replaceContents(context, source, BUSY_TIMEOUT)
  } else {
    await context.onStep?.('create-file', { file })
    context.onProgress({ step: 'Restoring the database' })
    await mkdir(dirname(file), { recursive: true })
    await installFile(source, file, typeof fileMode === 'number' ? fileMode : DEFAULT_MODE).catch((error: unknown) => {
      throw new SafeMigrateError({ code: 'snapshot', message: `${file} could not be created.`, why: messageOf(error), cause: error })
    })
  }
  await setJournalMode(file, String(journalMode))
}
