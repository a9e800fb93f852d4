import { z } from 'zod'
import type { SalvagePlan } from '../snapshots/salvage/salvage.js'
import { isCommitted } from './explain-rows.js'
import type { JournalRecord } from './journal.js'
import { lostStepSchema, toTableLosses } from './losses.js'
import type { RecoverySummary } from './report.js'
import { openProjectStore, type Run } from './run.js'
import { previewLost } from './salvage-lost.js'

const commitSchema = z.looseObject({
  plan: z.custom<SalvagePlan>((value) => typeof value === 'object' && value !== null && 'tables' in value),
})
const migrateSchema = z.looseObject({ snapshot: z.string() })

/**
 * What the salvage of an interrupted run did; null when there was none, or it was not committed. Where the database cannot tell, it is
 * looked for: what was to be put back is there, all of it, or nothing is.
 */
export async function readSalvaged(run: Run, record: JournalRecord): Promise<RecoverySummary | null> {
  const step = (name: string) => record.steps.findLast((one) => one.step === name)
  const plan = commitSchema.safeParse(step('commit')).data?.plan
  if (step('rows') === undefined || plan === undefined) return null
  const outcome = (await isCommitted(run.project, record)) ?? (await isThere(run, step('lost'), step('migrate')))
  return outcome ? { done: 'salvaged', replaced: null, problem: null, salvage: plan } : null
}

async function isThere(run: Run, lostStep: unknown, migrateStep: unknown): Promise<boolean> {
  const lost = lostStepSchema.safeParse(lostStep).data
  const { usable } = await openProjectStore(run.project, run.config).list()
  const snapshot = usable.find(({ id }) => id === migrateSchema.safeParse(migrateStep).data?.snapshot)
  if (lost === undefined || snapshot === undefined) return false
  const { tables } = await previewLost(run, { snapshot, lost, losses: toTableLosses(lost.record, false), command: '' })
  return tables.every(({ inserted, values }) => inserted === 0 && values.length === 0)
}
