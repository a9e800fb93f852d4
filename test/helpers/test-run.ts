import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a worker waits for another one to start what both need. */
const START_TIMEOUT_MS = 120_000

/**
 * The folder that the workers of one test run share. The global set-up makes it; a test that is run without one gets
 * its own, which is then left behind.
 */
export function runDir(): string {
  const dir = process.env.SAFE_MIGRATE_TEST_RUN ?? mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  process.env.SAFE_MIGRATE_TEST_RUN = dir
  return dir
}

/**
 * Does something once in a test run, whichever worker comes first, and gives everybody its result.
 *
 * @param key names the thing, as a file name
 * @param start what to do; its result must survive JSON
 * @throws what `start` threw, in every worker
 */
export async function once<Result>(key: string, start: () => Promise<Result>): Promise<Result> {
  const file = join(runDir(), `${key}.json`)
  const lock = join(runDir(), `${key}.lock`)
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    const known = readOutcome<Result>(file)
    if (known) return unwrap(known)
    if (!tryLock(lock)) {
      await sleep(50)
      continue
    }
    try {
      const outcome = readOutcome<Result>(file) ?? (await settle(start))
      writeFileSync(`${file}.tmp`, JSON.stringify(outcome))
      renameSync(`${file}.tmp`, file)
      return unwrap(outcome)
    } finally {
      rmdirSync(lock)
    }
  }
  throw new Error(`waited ${START_TIMEOUT_MS / 1000} s for another worker to start ${key}`)
}

interface Outcome<Result> {
  readonly result?: Result
  readonly error?: string
}

async function settle<Result>(start: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await start() }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function unwrap<Result>(outcome: Outcome<Result>): Result {
  if (outcome.error !== undefined) throw new Error(outcome.error)
  return outcome.result as Result
}

function readOutcome<Result>(file: string): Outcome<Result> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Outcome<Result>
  } catch {
    return undefined
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch {
    return false
  }
}

/** What the end of a test run has to undo or to tell. */
export type Note =
  | { readonly kind: 'used'; readonly text: string }
  | { readonly kind: 'skipped'; readonly text: string }
  | { readonly kind: 'stop-postgresql'; readonly dataDir: string }
  | { readonly kind: 'remove-dir'; readonly path: string }
  | { readonly kind: 'remove-container'; readonly id: string }
  | { readonly kind: 'drop-database'; readonly url: string; readonly database: string }

export function takeNote(note: Note): void {
  appendFileSync(join(runDir(), 'notes.jsonl'), `${JSON.stringify(note)}\n`)
}

export function readNotes(dir: string): Note[] {
  try {
    const lines = readFileSync(join(dir, 'notes.jsonl'), 'utf8').trim().split('\n')
    return [...new Set(lines)].map((line) => JSON.parse(line) as Note)
  } catch {
    return []
  }
}
