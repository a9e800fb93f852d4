import { SafeMigrateError } from '../../errors.js'
import { findInequalities, readingLike } from '../equal-fingerprints.js'
import type { PartTablePlan } from '../restore-parts.js'
import type { SnapshotContext } from '../snapshot.js'
import type { TakenAndVerified } from '../take-snapshot.js'
import { selectedParts, type Work } from './part.js'

/** Called when nobody else can write any more. @throws SafeMigrateError `blocked` when the tables are not what the snapshot from before the restore holds */
export async function requireKept({ project, onProgress }: SnapshotContext, work: Work, kept: TakenAndVerified): Promise<void> {
  const names = new Set(selectedParts(work).map(({ live: { schema, name } }) => JSON.stringify([schema, name])))
  const only = ({ schema, name }: { readonly schema: string | null; readonly name: string }) => names.has(JSON.stringify([schema, name]))
  const rest = { objects: [], sequences: [], violations: [] }
  const { largeObjects: _, ...then } = { ...kept.fingerprint, ...rest, tables: kept.fingerprint.tables.filter(only) }
  const now = await project.database.fingerprint(work.connection, { ...readingLike(then), only, onProgress })
  const differences = findInequalities(then, now, { digests: true, definitions: true, sequences: false })
  if (differences.length > 0) throw changedMeanwhile(`since the snapshot ${kept.id} was taken, ${differences.slice(0, 5).join('; ')}`)
}

/** What somebody agreed to. */
export function countsOf(tables: readonly PartTablePlan[]): string {
  return JSON.stringify(tables.map(({ schema, name, inserted, overwritten, deleted }) => [schema, name, inserted, overwritten, deleted]))
}

/** @throws SafeMigrateError `blocked` when not the same would be done as was agreed to */
export function requireAgreed(agreed: readonly PartTablePlan[], tables: readonly PartTablePlan[]): void {
  if (countsOf(agreed) !== countsOf(tables)) throw changedMeanwhile('the numbers are not those that were agreed to')
}

function changedMeanwhile(how: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: 'Somebody has written to the tables in the meantime. Nothing was changed.',
    why: `What was written would be lost: ${how}.`,
    next: ['Look at it again with --dry-run, and run it again; if programs go on writing, stop them first.'],
  })
}
