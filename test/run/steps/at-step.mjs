/**
 * Loaded before safe-migrate (node --import). Right after a line of the journal is on disk:
 * TEST_KEEP_STEPS=<folder>: copies TEST_KEEP_FILES (JSON: name → path) to <folder>/<n>-<step>, as a kill at that moment would leave them;
 *   of a PostgreSQL server among them (its data folder) what a crash of it would leave
 * TEST_STOP_AT=<step>, at the first of that name: writes TEST_STOPPED, a file, and waits until that is gone
 * TEST_CLOCK_OFFSET=<milliseconds>: what this process takes for the time.
 */

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { mirror } from './mirror.mjs'

const { TEST_KEEP_STEPS, TEST_KEEP_FILES, TEST_STOP_AT, TEST_STOPPED, TEST_CLOCK_OFFSET } = process.env
// Prisma, which this is handed down to, is not meant.
if (process.argv[1]?.endsWith('safe-migrate.js')) {
  watchJournal()
  shiftClock(Number(TEST_CLOCK_OFFSET ?? 0))
}

function watchJournal() {
  const { writeSync, closeSync } = fs
  /** @type {Map<number, string>} */
  const lines = new Map()
  let hasStopped = false
  let count = 0
  fs.writeSync = /** @type {typeof fs.writeSync} */ (
    (/** @type {any[]} */ ...args) => {
      const [handle, text] = args
      if (typeof text === 'string' && /^\{"(format":1,"runId|step)"/.test(text)) lines.set(handle, text)
      return /** @type {any} */ (writeSync)(...args)
    }
  )
  fs.closeSync = (handle) => {
    closeSync(handle)
    const line = lines.get(handle)
    if (!lines.delete(handle) || line === undefined) return
    count++
    const step = JSON.parse(line).step ?? 'start'
    if (TEST_KEEP_STEPS !== undefined) keep(join(TEST_KEEP_STEPS, `${String(count).padStart(2, '0')}-${step}`))
    if (TEST_STOP_AT !== step || hasStopped) return
    hasStopped = true
    stop()
  }
  syncBuiltinESMExports()
}

/** @param {string} folder */
function keep(folder) {
  fs.mkdirSync(folder, { recursive: true })
  for (const [name, path] of Object.entries(JSON.parse(TEST_KEEP_FILES ?? '{}'))) {
    if (!fs.existsSync(path)) continue
    if (fs.existsSync(join(path, 'postmaster.pid'))) keepServer(path, join(folder, name))
    else fs.cpSync(path, join(folder, name), { recursive: true })
  }
}

/** @type {string | null} */
let latest = null

/** @param {string} path @param {string} copy */
function keepServer(path, copy) {
  const [postmaster = ''] = fs.readFileSync(join(path, 'postmaster.pid'), 'utf8').split('\n')
  const signal = (/** @type {string} */ name) =>
    execFileSync('sh', ['-c', 'kill -$1 $2 $(pgrep -d " " -P $2) 2>/dev/null || true', 'sh', name, postmaster])
  signal('STOP')
  mirror(path, copy, latest)
  signal('CONT')
  latest = copy
}

function stop() {
  if (TEST_STOPPED === undefined) return
  fs.writeFileSync(TEST_STOPPED, '')
  const wait = new Int32Array(new SharedArrayBuffer(4))
  while (fs.existsSync(TEST_STOPPED)) Atomics.wait(wait, 0, 0, 10)
}

/** @param {number} offset */
function shiftClock(offset) {
  if (offset === 0) return
  const Real = Date
  globalThis.Date = new Proxy(Real, {
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [Real.now() + offset] : args, self),
    get: (target, name) => (name === 'now' ? () => Real.now() + offset : Reflect.get(target, name)),
  })
}
