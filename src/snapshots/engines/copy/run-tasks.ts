export interface Task<Worker> {
  /** Tasks that must have ended before: places in the list. */
  readonly after: readonly number[]
  /** What nothing else may use at the same time. */
  readonly locks: readonly string[]
  run(worker: Worker): Promise<void>
}

/** Runs tasks on workers, each as soon as it may, in the order of the list where there is a choice. The first failure stops the rest, and is thrown when all have ended. */
export async function runTasks<Worker>(workers: readonly Worker[], tasks: readonly Task<Worker>[]): Promise<void> {
  const waiting = new Set(tasks.keys())
  const done = new Set<number>()
  const locked = new Set<string>()
  const idle = [...workers]
  const failures: unknown[] = []
  await new Promise<void>((resolve) => {
    const isReady = (place: number): boolean => {
      const { after = [], locks = [] } = tasks[place] ?? {}
      return after.every((need) => done.has(need)) && !locks.some((lock) => locked.has(lock))
    }
    const startNext = (): void => {
      for (const place of waiting) {
        if (idle.length === 0 || failures.length > 0) break
        if (isReady(place)) start(place)
      }
      if (idle.length === workers.length && (waiting.size === 0 || failures.length > 0)) resolve()
      else if (idle.length === workers.length) {
        failures.push(new Error('tasks wait for each other'))
        resolve()
      }
    }
    const start = (place: number): void => {
      const [task, worker] = [tasks[place], idle.shift()]
      if (task === undefined || worker === undefined) return
      waiting.delete(place)
      for (const lock of task.locks) locked.add(lock)
      task
        .run(worker)
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          done.add(place)
          for (const lock of task.locks) locked.delete(lock)
          idle.push(worker)
          startNext()
        })
    }
    startNext()
  })
  if (failures.length > 0) throw failures[0]
}
