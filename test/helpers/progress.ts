import { expect } from 'vitest'
import type { Progress } from '../../src/util/progress.js'

/** Names of the steps, each once, in order. */
export function listSteps(seen: readonly Progress[]): string[] {
  return [...new Set(seen.map(({ step }) => step))]
}

/** Each step that counts goes up only, never past its total, and ends at it. */
export function expectProgress(seen: readonly Progress[]): void {
  for (const [place, { step, done, total }] of seen.entries()) {
    if (done === undefined || total === undefined) continue
    expect(done, step).toBeLessThanOrEqual(total)
    const before = seen[place - 1]
    if (before?.step === step) expect(done, step).toBeGreaterThanOrEqual(before.done ?? 0)
    // The same step may come again, for another copy of the database.
    if (seen[place + 1]?.step !== step) expect(done, `${step} ends at its total`).toBe(total)
  }
}
