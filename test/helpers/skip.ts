import { takeNote } from './test-run.js'

/**
 * Records that something is not tested on this machine; the end of the run lists it. CI skips nothing: there it throws.
 *
 * @param what the tests that are left out, such as "pg-dump snapshots"
 * @param why what is missing
 */
export function recordSkip(what: string, why: string): void {
  if (process.env.CI_NO_SKIP === '1') throw new Error(`CI skips nothing, but cannot run ${what}: ${why}`)
  takeNote({ kind: 'skipped', text: `${what}: ${why}` })
}
