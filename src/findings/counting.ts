import type { Connection, Row } from '../databases/database.js'
import type { MeasuringDialect } from '../databases/dialect.js'
import { type Job, startJobQueue } from '../util/job-queue.js'

/** SQL; null for all rows. */
type Condition = string | null

/** How many rows of `source` meet each condition. */
export interface CountRequest {
  readonly source: string
  readonly conditions: readonly Condition[]
  /** How many rows the source is thought to have. */
  readonly size: number
  /** For conditions that look into other tables: the planner does better with them by themselves. */
  readonly isAlone?: boolean
}

/** Asks the database one thing after the other, cheap ones first. Must be inside a read-only transaction. */
export interface Counting {
  /** The same query runs once, and none starts when the budget is spent. */
  query(sql: string): Promise<readonly Row[]>
  /** What is asked of one source is answered by one scan. In the order of the conditions. @throws AtLeastOne when there are some and counting them took too long */
  count(request: CountRequest): Promise<readonly number[]>
  /** Whatever was spent. */
  queryFreely(sql: string): Promise<readonly Row[]>
}

/** Rows were found, and counting them took too long. */
export class AtLeastOne extends Error {}

/** Turns: whether there are any rows, scans of single tables, all else. */
const PROBE = 0
const SCAN = 1
const OTHER = 2

type Run = (sql: string) => Promise<readonly Row[]>

interface Asked {
  readonly conditions: readonly Condition[]
  resolve(counts: readonly number[]): void
  reject(error: unknown): void
}

/** @param budget milliseconds for all queries together */
export function openCounting(connection: Connection, measuring: MeasuringDialect, budget: number): Counting {
  const deadline = Date.now() + budget
  const known = new Map<string, Promise<readonly Row[]>>()
  const open = new Map<string, Asked[]>()
  const enqueue = startJobQueue()
  const isolate: Run = (sql) => runIsolated(connection, measuring, sql)
  const run: Run = async (sql) => {
    if (Date.now() > deadline) throw new Error('the time for measuring was spent (impactBudget)')
    return isolate(sql)
  }
  const inTurn = (how: Run, sql: string) =>
    new Promise<readonly Row[]>((resolve, reject) => enqueue({ turn: OTHER, size: 0, run: () => how(sql).then(resolve, reject) }))
  return {
    query: (sql) => {
      const rows = known.get(sql) ?? inTurn(run, sql)
      known.set(sql, rows)
      return rows
    },
    queryFreely: (sql) => inTurn(isolate, sql),
    count: ({ source, conditions, size, isAlone = false }) =>
      new Promise((resolve, reject) => {
        const key = isAlone ? `${source} WHERE ${conditions.join()}` : source
        const asked = [...(open.get(key) ?? []), { conditions, resolve, reject }]
        open.set(key, asked)
        if (asked.length > 1) return
        const takeAsked = () => {
          const all = open.get(key) ?? []
          open.delete(key)
          return all
        }
        enqueue(probeSource({ run, enqueue, isTimeout: measuring.isTimeout }, source, size, takeAsked))
      }),
  }
}

async function runIsolated(connection: Connection, { savepoint }: MeasuringDialect, sql: string): Promise<readonly Row[]> {
  if (savepoint === null) return connection.query(sql)
  await connection.query(savepoint.begin)
  try {
    const rows = await connection.query(sql)
    await connection.query(savepoint.release)
    return rows
  } catch (error) {
    await connection.query(savepoint.rollback)
    throw error
  }
}

interface Counter {
  readonly run: Run
  readonly isTimeout: (error: unknown) => boolean
  enqueue(job: Job): void
}

/** Where there is nothing, nothing is scanned. */
function probeSource(counter: Counter, source: string, size: number, takeAsked: () => readonly Asked[]): Job {
  return {
    turn: PROBE,
    size,
    run: async () => {
      // An error here comes again with the scan, which reports it.
      const isEmpty = await hasRows(counter.run, source, null).then(
        (found) => !found,
        () => false,
      )
      if (isEmpty) for (const one of takeAsked()) one.resolve(one.conditions.map(() => 0))
      else counter.enqueue({ turn: SCAN, size, run: () => scanSource(counter, source, takeAsked()) })
    },
  }
}

async function scanSource({ run, isTimeout }: Counter, source: string, asked: readonly Asked[]): Promise<void> {
  const conditions = [...new Set(asked.flatMap((one) => one.conditions))]
  try {
    const numbers = await countOnce(run, source, conditions)
    const counts = new Map(conditions.map((condition, index) => [condition, numbers[index] ?? 0]))
    for (const one of asked) one.resolve(one.conditions.map((condition) => counts.get(condition) ?? 0))
  } catch (error) {
    const isSlow = isTimeout(error)
    for (const one of asked) {
      if (isSlow) await probeEach(run, source, one.conditions).then(one.resolve, one.reject)
      else if (asked.length === 1) one.reject(error)
      // One of them failed, and not because of the others.
      else await countOnce(run, source, one.conditions).then(one.resolve, one.reject)
    }
  }
}

async function countOnce(run: Run, source: string, conditions: readonly Condition[]): Promise<readonly number[]> {
  const [row] = await run(renderCount(source, conditions))
  return conditions.map((_, index) => Number(row?.[`n${index}`] ?? 0))
}

/** A single condition stands where an index can serve it. */
function renderCount(source: string, conditions: readonly Condition[]): string {
  const [first = null] = conditions
  if (conditions.length === 1) return `SELECT count(*) AS n0 FROM ${source}${first === null ? '' : ` WHERE ${first}`}`
  const counts = conditions.map((one, index) => `count(*)${one === null ? '' : ` FILTER (WHERE ${one})`} AS n${index}`)
  return `SELECT ${counts.join(', ')} FROM ${source}`
}

/** What took too long to count may be none at all; where there are some, that is often seen at once. */
async function probeEach(run: Run, source: string, conditions: readonly Condition[]): Promise<readonly number[]> {
  for (const condition of conditions)
    if (await hasRows(run, source, condition)) throw new AtLeastOne('there is at least one; counting takes longer than impactTimeout')
  return conditions.map(() => 0)
}

async function hasRows(run: Run, source: string, condition: Condition): Promise<boolean> {
  return (await run(`SELECT 1 AS one FROM ${source}${condition === null ? '' : ` WHERE ${condition}`} LIMIT 1`)).length > 0
}
