/** Something to be done in its turn; it handles its own failures. */
export interface Job {
  /** Earlier turns come first. */
  readonly turn: number
  /** Within a turn, small ones come first. */
  readonly size: number
  run(): Promise<void>
}

/** Runs one job at a time: of the earliest turn, then the smallest, then the oldest. @returns what puts a job into the queue */
export function startJobQueue(): (job: Job) => void {
  const waiting: Job[] = []
  let isRunning = false
  const runAll = async () => {
    // What is asked for in the same breath is there before the first is chosen.
    await new Promise(setImmediate)
    for (let job = takeFirst(waiting); job !== undefined; job = takeFirst(waiting)) await job.run()
    isRunning = false
  }
  return (job) => {
    waiting.push(job)
    if (isRunning) return
    isRunning = true
    void runAll()
  }
}

function takeFirst(waiting: Job[]): Job | undefined {
  const isBefore = (one: Job, other: Job) => one.turn < other.turn || (one.turn === other.turn && one.size < other.size)
  const first = waiting.reduce<Job | undefined>((best, job) => (best === undefined || isBefore(job, best) ? job : best), undefined)
  if (first !== undefined) waiting.splice(waiting.indexOf(first), 1)
  return first
}
