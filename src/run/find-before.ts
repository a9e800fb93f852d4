import { z } from 'zod'
import type { Fingerprint } from '../databases/fingerprint.js'
import type { Migration } from '../project/history.js'
import { canOpen } from '../snapshots/encryption/keys.js'
import { withReadable } from '../snapshots/encryption/open-snapshot.js'
import { FINGERPRINT_FILE, readFingerprint } from '../snapshots/fingerprint-file.js'
import type { Snapshot } from '../snapshots/snapshot.js'
import { listRuns } from './journal.js'
import type { FailedMigration } from './report.js'
import { dataDirectory, openingContext, openProjectStore, type RunOptions } from './run.js'

/** What is known of the time before a migration was tried. */
export interface Before {
  /** To go back to; null when there is none. */
  readonly snapshot: Snapshot | null
  /** Of that snapshot; null when it cannot be read here. */
  readonly fingerprint: Fingerprint | null
  /** What a run of ours saw right after this very attempt failed; null where none did. */
  readonly judged: Pick<FailedMigration, 'statements' | 'leftTraces'> | null
}

const judgedSchema = z.looseObject({
  failed: z.looseObject({
    name: z.string(),
    startedAt: z.string().nullable(),
    statements: z.array(z.object({ line: z.number(), summary: z.string(), effect: z.enum(['yes', 'no', 'unknown']) })),
    leftTraces: z.enum(['yes', 'no', 'unknown']),
  }),
})
const migrateSchema = z.looseObject({ snapshot: z.string().nullable(), pending: z.array(z.string()) })

/**
 * The run's own snapshot where a run of ours tried it, else the newest in whose history it is neither applied nor failed. Told by the
 * histories, not by times: clocks are set back.
 */
export async function findBefore(options: RunOptions, migration: Migration): Promise<Before> {
  const { project, config } = options
  const runs = listRuns(dataDirectory(project, config)).filter(({ head }) => head.targetIdentity === project.target.identity)
  const own = runs.flatMap(({ steps }) => {
    const step = migrateSchema.safeParse(steps.findLast((one) => one.step === 'migrate')).data
    return step?.pending.includes(migration.name) === true && step.snapshot !== null ? [step.snapshot] : []
  })
  const { usable } = await openProjectStore(project, config).list()
  const candidates = usable.filter(
    ({ manifest }) =>
      manifest.targetIdentity === project.target.identity &&
      !manifest.history.some(({ name, state }) => name === migration.name && state !== 'rolledBack'),
  )
  const snapshot = candidates.find(({ id }) => id === own[0]) ?? candidates[0] ?? null
  return { snapshot, fingerprint: await readBefore(options, snapshot), judged: migration.state === 'failed' ? findJudged() : null }

  function findJudged(): Before['judged'] {
    const all = runs.flatMap(({ steps }) => judgedSchema.safeParse(steps.findLast((one) => one.step === 'judged')).data?.failed ?? [])
    return all.find((one) => one.name === migration.name && one.startedAt === migration.startedAt) ?? null
  }
}

async function readBefore(options: RunOptions, snapshot: Snapshot | null): Promise<Fingerprint | null> {
  if (snapshot === null || !canOpen(snapshot.manifest, options.config.encryption)) return null
  return withReadable(openingContext(options), snapshot, readFingerprint, [FINGERPRINT_FILE]).catch(() => null)
}
