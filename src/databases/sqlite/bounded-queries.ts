import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isJsonObject } from '../../util/json.js'
import type { Row } from '../database.js'

/** SELECTs that can be ended while they run. */
export interface BoundedQueries {
  /** @throws Error with code SQLITE_INTERRUPT when it took longer, in milliseconds */
  run(sql: string, timeout: number): Promise<readonly Row[]>
  close(): void
}

/** https://www.sqlite.org/rescode.html#interrupt */
export const INTERRUPTED = 'SQLITE_INTERRUPT'

/**
 * SQLite runs in the process that asks, and its driver cannot interrupt a statement: so another process asks, which can be killed. A reader that
 * is killed leaves nothing behind. https://www.sqlite.org/lockingv3.html
 */
export function openBoundedQueries(file: string): BoundedQueries {
  let child: ChildProcess | null = null
  let last: Promise<unknown> = Promise.resolve()
  const stop = () => {
    child?.kill('SIGKILL')
    child = null
  }
  const runOne = async (sql: string, timeout: number) => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) {
      child = startProcess(file)
      await nextAnswer(child)
    }
    const answer = nextAnswer(child)
    child.send(sql)
    const timer = setTimeout(stop, timeout)
    const started = Date.now()
    try {
      const found = await answer
      if (isJsonObject(found.error)) throw Object.assign(new Error(String(found.error.message)), { code: found.error.code })
      return Array.isArray(found.rows) ? found.rows.filter(isJsonObject) : []
    } catch (error) {
      if (child !== null || Date.now() - started < timeout) throw error
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: INTERRUPTED })
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    run: (sql, timeout) => {
      const result = last.then(() => runOne(sql, timeout))
      last = result.catch(() => {})
      return result
    },
    close: stop,
  }
}

function startProcess(file: string): ChildProcess {
  const script = fileURLToPath(new URL('./query-process.js', import.meta.url))
  return fork(script, [file], { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

/** @throws Error when the process ends without one */
function nextAnswer(child: ChildProcess): Promise<Row> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', onMessage).off('exit', onEnd).off('error', onEnd)
    }
    const onMessage = (message: unknown) => {
      settle()
      resolve(isJsonObject(message) ? message : {})
    }
    const onEnd = () => {
      settle()
      reject(new Error('the process that asks the database has ended'))
    }
    child.on('message', onMessage).on('exit', onEnd).on('error', onEnd)
  })
}
