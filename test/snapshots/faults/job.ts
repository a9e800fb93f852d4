import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../../../src/config/select-environment.js'
import { childEnvironment } from '../../helpers/child-environment.js'
import { repositoryRoot } from '../../helpers/paths.js'

/** What process.mjs is to do. */
export interface Job {
  readonly provider: 'sqlite' | 'postgresql'
  readonly url: string
  readonly root: string
  readonly config: Settings
  readonly action: 'create' | 'restore' | 'parts' | 'import' | 'prune'
  readonly snapshot: string
}

/** A process that has loaded everything and waits to be told to begin. */
export interface ReadyProcess {
  /** Does the job to its end. @returns milliseconds @throws what it said when it failed */
  finish(): Promise<number>
  /** Begins, and is killed (kill -9, it alone) after so many milliseconds. @returns whether it had come to its end by itself */
  killAfter(milliseconds: number): Promise<boolean>
}

export async function startProcess(job: Job): Promise<ReadyProcess> {
  const child = spawn(process.execPath, [join(repositoryRoot, 'test/snapshots/faults/process.mjs')], {
    cwd: job.root,
    env: childEnvironment(7),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const heard = listen(child)
  child.stdin.on('error', () => {}) // killed before it read
  child.stdin.write(`${JSON.stringify(job)}\n`)
  await heard.until(/^ready$/m)
  const begin = () => {
    heard.forget()
    child.stdin.write('go\n')
  }
  return {
    finish: async () => {
      const start = performance.now()
      begin()
      const said = await heard.until(/^(done$|failed)/m)
      if (!/^done$/m.test(said)) throw new Error(said)
      return performance.now() - start
    },
    killAfter: async (milliseconds) => {
      begin()
      await Promise.race([sleep(milliseconds), heard.gone])
      child.kill('SIGKILL')
      const said = await heard.gone
      if (/^failed/m.test(said)) throw new Error(said)
      return /^done$/m.test(said)
    },
  }
}

function listen(child: ChildProcess) {
  let said = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    said += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  const gone = new Promise<string>((resolve) => child.once('close', () => resolve(said)))
  return {
    gone,
    forget: () => {
      said = ''
    },
    /** @throws what it said when it ended without that */
    until: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          if (pattern.test(said)) resolve(said)
        }
        listeners.add(look)
        gone.then(() => (pattern.test(said) ? resolve(said) : reject(new Error(said))))
        look()
      }),
  }
}
