import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { pruneStored } from '../../../src/run/prune.js'
import { restoreOnRequest } from '../../../src/run/restore.js'
import { restorePartsOnRequest } from '../../../src/run/restore-parts.js'
import { settleOnRequest } from '../../../src/run/settle.js'
import { createSnapshot } from '../../../src/run/snapshots.js'
import { readStatus } from '../../../src/run/status.js'
import type { Snapshot } from '../../../src/snapshots/snapshot.js'
import { verifySnapshot } from '../../../src/snapshots/verify-snapshot.js'
import { openContext } from '../snapshot-test.js'
import type { ReadyProcess } from './job.js'
import { at, randomMoments } from './moments.js'
import type { Bench } from './place.js'

export const KILLS = 20
const ROWS_OF_T = { only: ['t'], skip: [], mode: 'replace', keys: [] } as const

/** Kills a take at random moments: the database is untouched, nothing half-made is ever usable, and the next one works. */
export async function killTakes(bench: Bench, engine: string): Promise<void> {
  const { place, store } = bench
  const [first] = await take(bench)
  const then = await place.read()
  const duration = await (await bench.start('create')).finish()
  await bench.remove((await store.list()).usable.filter(({ id }) => id !== first.id))
  let killed = 0
  const processes = bench.startEach(Array.from({ length: KILLS }, () => ['create']))[Symbol.asyncIterator]()
  for (const [number, moment] of randomMoments(`take ${engine}`, KILLS, duration).entries()) {
    await at(`${engine}: taking, kill ${number + 1} of ${KILLS} after ${moment} of ${Math.round(duration)} ms`, async () => {
      if (!(await (await nextOf(processes)).killAfter(moment))) killed++
      expect(await place.read()).toBe(then)
      const { usable } = await store.list()
      expect(usable.map(({ id }) => id)).toContain(first.id)
      await requireWhole(bench, usable, then)
      const [next] = await take(bench)
      const list = await store.list()
      expect(list.unusable).toEqual([])
      expect(list.usable.map(({ id }) => id)).toContain(next.id)
      expect(await place.strays(list.usable)).toEqual([])
      await bench.remove(list.usable.filter(({ id }) => id !== first.id))
    })
  }
  expect(killed).toBeGreaterThan(0)
}

async function nextOf(processes: AsyncIterator<ReadyProcess>): Promise<ReadyProcess> {
  const { value, done } = await processes.next()
  if (done === true) throw new Error('no process')
  return value
}

async function take(bench: Bench): Promise<readonly [Snapshot]> {
  const { snapshots } = await createSnapshot(bench.options)
  const snapshot = (await bench.store.list()).usable.find(({ id }) => id === snapshots[0]?.id)
  if (snapshot === undefined) throw new Error('what was taken is not listed')
  return [snapshot]
}

/** Whatever is listed as usable is: by our own proof, and with the very contents that the database has. */
async function requireWhole(bench: Bench, usable: readonly Snapshot[], contents: string): Promise<void> {
  const context = await openContext(bench.options.project)
  for (const snapshot of usable) await verifySnapshot({ ...context, commands: bench.options.config.commands }, snapshot)
  await context.close()
  for (const snapshot of usable) expect([contents, null]).toContain(await bench.place.readKept(snapshot))
}

/** Kills restores, from one state of the database to the other and back: it has one of them at any moment, and the other is to be had. */
export async function killRestores(bench: Bench, engine: string): Promise<void> {
  const { place, store } = bench
  const states = [await takeState(bench)]
  await place.change()
  states.push(await takeState(bench))
  const duration = await (await bench.start('restore', states[0]?.snapshot.id)).finish()
  await removeOthers(bench, states)
  let killed = 0
  const jobs = Array.from({ length: KILLS }, (_, number) => ['restore', states[number % 2 === 0 ? 1 : 0]?.snapshot.id ?? ''] as const)
  const processes = bench.startEach(jobs)[Symbol.asyncIterator]()
  for (const [number, moment] of randomMoments(`restore ${engine}`, KILLS, duration).entries()) {
    await at(`${engine}: restoring, kill ${number + 1} of ${KILLS} after ${moment} of ${Math.round(duration)} ms`, async () => {
      const [before, after] = number % 2 === 0 ? [states[0], states[1]] : [states[1], states[0]]
      if (before === undefined || after === undefined) throw new Error('no states')
      expect(await place.read()).toBe(before.contents)
      if (!(await (await nextOf(processes)).killAfter(moment))) killed++
      expect([before.contents, after.contents]).toContain(await place.read())
      await requireExplanation(bench)
      await goOn(bench, number)
      await restoreOnRequest(bench.options, after.snapshot.id, async () => true)
      expect(await place.read()).toBe(after.contents)
      expect((await readStatus(bench.options)).unfinished).toBeNull()
      const { usable, unusable } = await store.list()
      expect(unusable).toEqual([])
      expect(await place.strays(usable)).toEqual([])
      expect(usable.map(({ id }) => id)).toEqual(expect.arrayContaining(states.map(({ snapshot }) => snapshot.id)))
      // What was there before is kept, beside the snapshot that shows the same by chance.
      const others = usable.filter(({ id }) => !states.some(({ snapshot }) => snapshot.id === id))
      expect(await Promise.all(others.map((one) => place.readKept(one)))).toContain(before.contents)
      await removeOthers(bench, states)
    })
  }
  expect(killed).toBeGreaterThan(0)
}

/** Kills restores of one table's rows: they are those of then or those of now, nothing else changes, and the next one works. */
export async function killParts(bench: Bench, engine: string, kills: number): Promise<void> {
  const { place, store } = bench
  writeFileSync(join(place.root, 'schema.prisma'), `datasource db {\n  provider = "${place.provider}"\n}\n`)
  const then = await takeState(bench)
  await place.change()
  const now = await takeState(bench)
  const restoreRows = () => restorePartsOnRequest(bench.options, then.snapshot.id, ROWS_OF_T, async () => true)
  const duration = await (await bench.start('parts', then.snapshot.id)).finish()
  const restored = await place.read()
  expect([then.contents, now.contents]).not.toContain(restored)
  let killed = 0
  const jobs = Array.from({ length: kills }, () => ['parts', then.snapshot.id] as const)
  const processes = bench.startEach(jobs)[Symbol.asyncIterator]()
  for (const [number, moment] of randomMoments(`parts ${engine}`, kills, duration).entries()) {
    await at(`${engine}: restoring rows, kill ${number + 1} of ${kills} after ${moment} of ${Math.round(duration)} ms`, async () => {
      await restoreOnRequest(bench.options, now.snapshot.id, async () => true)
      expect(await place.read()).toBe(now.contents)
      if (!(await (await nextOf(processes)).killAfter(moment))) killed++
      expect([now.contents, restored]).toContain(await place.read())
      await requireExplanation(bench)
      await restoreRows()
      expect(await place.read()).toBe(restored)
      expect((await readStatus(bench.options)).unfinished).toBeNull()
      const { usable, unusable } = await store.list()
      expect(unusable).toEqual([])
      expect(await place.strays(usable)).toEqual([])
      await removeOthers(bench, [then, now])
    })
  }
  expect(killed).toBeGreaterThan(0)
}

/** Kills `snapshot prune` where only the last one is to stay: what is still listed can be restored, and the next one removes the rest. */
export async function killPrunes(bench: Bench, engine: string, kills: number): Promise<void> {
  const { place, store } = bench
  const contents = await place.read()
  const takeThree = async () => {
    for (let number = 0; number < 3; number++) await take(bench)
  }
  await takeThree()
  const duration = await (await bench.start('prune')).finish()
  expect((await store.list()).usable).toHaveLength(1)
  let killed = 0
  const processes = bench.startEach(Array.from({ length: kills }, () => ['prune'] as const))[Symbol.asyncIterator]()
  for (const [number, moment] of randomMoments(`prune ${engine}`, kills, duration).entries()) {
    await at(`${engine}: pruning, kill ${number + 1} of ${kills} after ${moment} of ${Math.round(duration)} ms`, async () => {
      await takeThree()
      const last = (await store.list()).usable[0]?.id
      if (!(await (await nextOf(processes)).killAfter(moment))) killed++
      const { usable } = await store.list()
      expect(usable[0]?.id).toBe(last)
      await requireWhole(bench, usable, contents)
      await pruneStored(bench.options, false)
      const list = await store.list()
      expect(list.unusable).toEqual([])
      expect(list.usable.map(({ id }) => id)).toEqual([last])
      expect(await place.strays(list.usable)).toEqual([])
    })
  }
  expect(killed).toBeGreaterThan(0)
}

interface State {
  readonly snapshot: Snapshot
  readonly contents: string
}

async function takeState(bench: Bench): Promise<State> {
  const [snapshot] = await take(bench)
  return { snapshot, contents: await bench.place.read() }
}

async function removeOthers(bench: Bench, states: readonly State[]): Promise<void> {
  const { usable } = await bench.store.list()
  await bench.remove(usable.filter(({ id }) => !states.some(({ snapshot }) => snapshot.id === id)))
}

/** A run whose journal has no end is explained. */
async function requireExplanation(bench: Bench): Promise<void> {
  const { unfinished } = await readStatus(bench.options)
  const open = journals(bench).filter((lines) => lines.length > 0 && !lines.some((line) => line.startsWith('{"step":"end"')))
  expect(unfinished === null).toBe(open.length === 0)
  if (unfinished !== null) expect(unfinished.explanation).toContain('did not come to its end')
}

function journals({ place, options }: Bench): string[][] {
  const folder = join(place.root, options.config.directory, 'runs')
  if (!existsSync(folder)) return []
  // A line that was being written when the process died is not there.
  return readdirSync(folder).map((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}')),
  )
}

/** What people do next differs: restore again at once, settle the interrupted run, or take a snapshot first. */
async function goOn(bench: Bench, number: number): Promise<void> {
  if (number % 3 === 0) return
  if (number % 3 === 1) {
    await settleOnRequest(bench.options, 'resume', async () => true)
    return
  }
  const now = await bench.place.read()
  const [snapshot] = await take(bench)
  expect([now, null]).toContain(await bench.place.readKept(snapshot))
  const { usable } = await bench.store.list()
  expect(await bench.place.strays(usable)).toEqual([])
}
