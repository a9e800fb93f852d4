import type { Connection } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { findInequalities, readingLike } from './equal-fingerprints.js'
import type { RestoreOptions, SnapshotContext } from './snapshot.js'

type IsWanted = (table: { readonly schema: string | null; readonly name: string }) => boolean

/**
 * What a restore replaces must be in the snapshot that was taken before it. Called when nobody else can write any more.
 * @param only these tables are looked at, and nothing else of the database
 * @throws SafeMigrateError `blocked`
 */
export async function requireUnwritten(
  { project, onProgress }: Pick<SnapshotContext, 'project' | 'onProgress'>,
  connection: Connection,
  { id, fingerprint }: NonNullable<RestoreOptions['kept']>,
  only?: IsWanted,
): Promise<void> {
  const { largeObjects: _, ...rest } = fingerprint
  const then = only === undefined ? fingerprint : { ...rest, tables: rest.tables.filter(only), objects: [], sequences: [], violations: [] }
  const reading = { ...readingLike(then), ...(only === undefined ? {} : { only }), onProgress }
  const now = await project.database.fingerprint(connection, reading)
  const differences = findInequalities(then, now, { digests: true, definitions: true, sequences: false })
  if (differences.length > 0) throw changedMeanwhile(`since the snapshot ${id} was taken, ${differences.slice(0, 5).join('; ')}`)
}

export function changedMeanwhile(how: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: 'Somebody has written to the tables in the meantime. Nothing was changed.',
    why: `What was written would be lost: ${how}.`,
    next: ['Look at it again with --dry-run, and run it again; if programs go on writing, stop them first.'],
  })
}
