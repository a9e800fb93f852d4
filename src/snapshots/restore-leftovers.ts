import { engines } from './engines/index.js'
import type { SnapshotContext } from './snapshot.js'

/** What a killed restore left outside the store. */
export interface RestoreLeftovers {
  /** Half-made databases; nobody needs them. */
  readonly disposable: readonly string[]
  /** Databases that a restore replaced and was killed before it could list them as snapshots: whole, and what was there before it. */
  readonly replaced: readonly string[]
}

/** What a killed restore left behind. The database itself is never half restored: it is either as before or as in the snapshot. */
export async function findRestoreLeftovers(context: SnapshotContext): Promise<RestoreLeftovers> {
  const found = await Promise.all(enginesOf(context).map((engine) => engine.findLeftovers?.(context)))
  const distinct = (kind: 'disposable' | 'replaced') => [...new Set(found.flatMap((one) => one?.[kind] ?? []))]
  return { disposable: distinct('disposable'), replaced: distinct('replaced') }
}

/** Removes one that nobody needs, and only such. */
export async function removeLeftover(context: SnapshotContext, name: string): Promise<void> {
  await context.onStep?.('remove-leftover', { name })
  for (const engine of enginesOf(context)) await engine.removeLeftover?.(context, name)
}

function enginesOf(context: SnapshotContext) {
  return engines.filter((engine) => engine.databases.includes(context.project.database.id))
}
