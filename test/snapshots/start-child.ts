import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { bundleScript } from '../helpers/bundle-script.js'
import { repositoryRoot } from '../helpers/paths.js'

export interface Child {
  readonly process: ChildProcess
  /** `there` or `done`, or what it said before it failed. */
  readonly whenThere: Promise<string>
  /** kill -9, and wait until it is gone. */
  kill(): Promise<void>
}

/** Runs child.ts in a process of its own. */
export async function startChild(
  action: 'take' | 'restore' | 'fetch',
  provider: string,
  url: string,
  root: string,
  stop: string,
  engine = 'auto',
): Promise<Child> {
  const script = await bundleScript(join(repositoryRoot, 'test/snapshots/child.ts'))
  const child = spawn(process.execPath, [script, action, provider, url, root, stop], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TEST_ENGINE: engine },
  })
  let said = ''
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const whenThere = new Promise<string>((resolve) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (/^(there|done)$/m.test(said)) resolve(said.trim())
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', () => resolve(said))
  })
  return {
    process: child,
    whenThere,
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}
