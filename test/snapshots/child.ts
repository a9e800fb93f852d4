/**
 * Run by tests in a process of its own, to be killed: `take|restore|fetch <provider> <url> <root> <where to stop>`.
 * Prints `there` at the step or progress with that name, and then waits for ever.
 */

import { restoreSnapshot } from '../../src/snapshots/restore-snapshot.js'
import { openStorage } from '../../src/snapshots/storage/storage.js'
import { fetchSnapshot, listStored } from '../../src/snapshots/storage/stored-snapshots.js'
import { openStore } from '../../src/snapshots/store.js'
import { takeSnapshot } from '../../src/snapshots/take-snapshot.js'
import { openContext, projectOn } from './snapshot-test.js'

const [action, provider, url = '', root = '', stop = ''] = process.argv.slice(-5)

function standStill(): never {
  process.stdout.write('there\n')
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
}

const { TEST_RECIPIENT, TEST_IDENTITY } = process.env
const context = await openContext(projectOn(provider === 'sqlite' ? 'sqlite' : 'postgresql', url, root))
const store = openStore(`${root}/snapshots`)
const storage = openStorage(process.env.TEST_STORAGE === undefined ? null : JSON.parse(process.env.TEST_STORAGE), root)
const watched = {
  project: context.project,
  get connection() {
    return context.connection
  },
  withoutConnection: context.withoutConnection,
  commands: context.commands,
  files: context.files,
  encryption:
    TEST_RECIPIENT === undefined
      ? null
      : { recipients: [TEST_RECIPIENT], ...(TEST_IDENTITY === undefined ? {} : { identityFile: TEST_IDENTITY }) },
  storage,
  reading: {},
  reserve: context.reserve,
  onStep: (step: string) => {
    if (step === stop) standStill()
  },
  onProgress: ({ step, done = 0, total = 0 }: { step: string; done?: number; total?: number }) => {
    // In the middle of it, where it is countable.
    if (step === stop && done >= total / 2) standStill()
  },
}
const [stored] = action === 'fetch' && storage !== null ? (await listStored(storage)).usable : []
if (stored !== undefined && storage !== null) await fetchSnapshot(watched, storage, stored, store)
else if (action === 'take') await takeSnapshot(watched, { store, reason: 'manual', engine: process.env.TEST_ENGINE ?? 'auto' })
else await restoreSnapshot(watched, await store.find('latest', { targetIdentity: context.project.target.identity }), { store })
process.stdout.write('done\n')
await context.close()
