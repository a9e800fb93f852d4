import { acceptBlocking, type Plan } from './plan.js'
import type { Run } from './run.js'

export interface Consent {
  readonly plan: Plan
  /** Null: go on. */
  readonly verdict: 'blocked' | 'declined' | null
}

/** Asks where somebody can be asked. */
export async function askConsent(run: Run, plan: Plan): Promise<Consent> {
  if (plan.blocking.length === 0) return { plan, verdict: null }
  if (!run.ui.interactive) return { plan, verdict: 'blocked' }
  if (!(await run.ui.confirmFindings(plan.blocking, plan))) return { plan, verdict: 'declined' }
  return { plan: acceptBlocking(plan, { reason: 'accepted at the terminal', via: 'prompt' }), verdict: null }
}

export function adviseBlocked(plan: Plan): string[] {
  return plan.blocking.length === 0
    ? []
    : [
        'Change the migration, or accept each finding with the comment shown with it, above its statement.',
        'Where the file may not change any more (it is applied elsewhere): safe-migrate accept',
        'Nothing was changed.',
      ]
}
