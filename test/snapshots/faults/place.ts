import { DEFAULT_CONFIG } from '../../../src/config/defaults.js'
import type { Settings } from '../../../src/config/select-environment.js'
import type { RunOptions } from '../../../src/run/run.js'
import { openProjectStore } from '../../../src/run/run.js'
import { unattendedInterface } from '../../../src/run/unattended.js'
import { removeSnapshot } from '../../../src/snapshots/remove-snapshot.js'
import type { Snapshot } from '../../../src/snapshots/snapshot.js'
import type { Store } from '../../../src/snapshots/store.js'
import { openContext, projectOn } from '../snapshot-test.js'
import { type Job, type ReadyProcess, startProcess } from './job.js'

/** A database to be worked on by processes that are killed, and looked at by means that are not ours. */
export interface Place {
  readonly provider: 'sqlite' | 'postgresql'
  readonly url: string
  readonly root: string
  /** Everything in the database, short. */
  read(): Promise<string>
  /** Everything in a snapshot, the same way; null where that needs a restore. */
  readKept(snapshot: Snapshot): Promise<string | null>
  /** Makes another state of it: rows, values and columns. */
  change(): Promise<void>
  /** What is on the server, or beside the file, that belongs neither to the database nor to a snapshot. */
  strays(usable: readonly Snapshot[]): Promise<readonly string[]>
}

export interface Bench {
  readonly place: Place
  readonly options: RunOptions
  readonly store: Store
  start(action: Job['action'], snapshot?: string): Promise<ReadyProcess>
  /** As many as asked, each loaded while the one before is at work. */
  startEach(jobs: readonly (readonly [action: Job['action'], snapshot?: string])[]): AsyncIterable<ReadyProcess>
  remove(snapshots: readonly Snapshot[]): Promise<void>
}

export function openBench(place: Place, settings: Partial<Settings>): Bench {
  const config: Settings = { ...DEFAULT_CONFIG, environment: null, protectedBy: null, ...settings }
  const project = projectOn(place.provider, place.url, place.root)
  // Somebody at a terminal, who is not asked anything.
  const options: RunOptions = { project, config, ui: { ...unattendedInterface, interactive: true } }
  const store = openProjectStore(project, config)
  const { provider, url, root } = place
  const start: Bench['start'] = (action, snapshot = '') => startProcess({ provider, url, root, config, action, snapshot })
  return {
    place,
    options,
    store,
    start,
    async *startEach(jobs) {
      let next: Promise<ReadyProcess> | null = null
      for (const [place, job] of jobs.entries()) {
        const ready: ReadyProcess = await (next ?? start(...job))
        const following = jobs[place + 1]
        next = following === undefined ? null : start(...following)
        next?.catch(() => {})
        yield ready
      }
    },
    remove: async (snapshots) => {
      if (snapshots.length === 0) return
      const context = await openContext(project)
      for (const snapshot of snapshots) await removeSnapshot({ ...context, commands: config.commands }, store, snapshot)
      await context.close()
    },
  }
}
