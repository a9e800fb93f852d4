import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { repositoryRoot } from './paths.js'

const cache = join(repositoryRoot, 'node_modules', '.cache', 'safe-migrate')
const stamp = join(cache, 'built')
const lock = join(cache, 'build.lock')

/** A build takes seconds; an older lock belongs to one that was killed. */
const STALE_LOCK_MS = 120_000

/**
 * Bundles `src` when it changed since the last time, so that the tests of the command line run what is there. Type errors are for
 * `npm run check` to report.
 *
 * @returns a warning, when there were errors
 */
export async function buildDistribution(): Promise<string | null> {
  mkdirSync(cache, { recursive: true })
  return withLock(async () => {
    const dist = join(repositoryRoot, 'dist')
    if (existsSync(dist) && modifiedAt(stamp) >= newestChange(join(repositoryRoot, 'src'))) return null
    const startedAt = new Date()
    const { exitCode, stderr } = await execa('npx', ['rolldown', '-c'], { cwd: repositoryRoot, reject: false })
    rmSync(stamp, { force: true }) // node_modules may be links to those of another working tree
    writeFileSync(stamp, '')
    utimesSync(stamp, startedAt, startedAt)
    return exitCode === 0 ? null : `src cannot be bundled:\n${stderr.split('\n').slice(0, 5).join('\n')}`
  })
}

async function withLock<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch {
      if (Date.now() - modifiedAt(lock) > STALE_LOCK_MS) rmSync(lock, { recursive: true, force: true })
      await sleep(100)
    }
  }
  try {
    return await work()
  } finally {
    rmdirSync(lock)
  }
}

const modifiedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function newestChange(dir: string): number {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true })
  return Math.max(...entries.map((entry) => modifiedAt(join(entry.parentPath, entry.name))))
}
