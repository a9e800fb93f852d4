import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { z } from 'zod'

const stepSchema = z.looseObject({ step: z.string(), at: z.string() })
const headSchema = z.object({
  format: z.literal(1),
  runId: z.string(),
  command: z.enum(['deploy', 'dev', 'restore']),
  pid: z.number(),
  host: z.string(),
  targetIdentity: z.string(),
  target: z.string(),
  startedAt: z.string(),
  /** The database is not the project's own (`restore --to`). */
  elsewhere: z.literal(true).exactOptional(),
})

export type JournalHead = z.infer<typeof headSchema>
export type JournalStep = z.infer<typeof stepSchema>
export type RunCommand = JournalHead['command']

/** A run as its journal tells it. `steps` are in order; a run whose last step is not `end` was interrupted. */
export interface JournalRecord {
  readonly file: string
  readonly head: JournalHead
  readonly steps: readonly JournalStep[]
}

/** Records each step before it is taken. Every line is on disk when `record` returns. */
export interface Journal {
  readonly runId: string
  readonly file: string
  record(step: string, data?: Record<string, unknown>): void
  /** Whether this step was recorded, in this process or before. */
  has(step: string): boolean
  /** The last step; without it the run counts as interrupted. */
  end(outcome: string): void
}

/** Starts the journal of a new run in `<directory>/runs/`. One JSON object a line. */
export function startJournal(directory: string, head: Pick<JournalHead, 'command' | 'targetIdentity' | 'target' | 'elsewhere'>): Journal {
  const startedAt = new Date().toISOString()
  const runId = `${startedAt.replaceAll(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`
  const folder = path.join(directory, 'runs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  keepOutOfGit(directory)
  const file = path.join(folder, `${runId}.jsonl`)
  append(file, { format: 1, runId, pid: process.pid, host: hostname(), startedAt, ...head })
  return openJournal(file, runId, [])
}

// Journals quote the migrations' SQL and the keys of rows.
function keepOutOfGit(directory: string): void {
  const file = path.join(directory, '.gitignore')
  if (!existsSync(file)) writeFileSync(file, '*\n')
}

/** Goes on with the journal of an interrupted run. */
export function continueJournal(record: JournalRecord): Journal {
  if (!readFileSync(record.file, 'utf8').endsWith('\n')) write(record.file, '\n') // a line that a kill cut off stays a line of its own
  return openJournal(
    record.file,
    record.head.runId,
    record.steps.map((one) => one.step),
  )
}

function openJournal(file: string, runId: string, earlier: readonly string[]): Journal {
  const steps = new Set(earlier)
  return {
    runId,
    file,
    record: (step, data = {}) => {
      append(file, { step, at: new Date().toISOString(), ...data })
      steps.add(step)
    },
    has: (step) => steps.has(step),
    end: (outcome) => append(file, { step: 'end', at: new Date().toISOString(), outcome }),
  }
}

function append(file: string, line: object): void {
  write(file, `${JSON.stringify(line)}\n`)
}

function write(file: string, text: string): void {
  const handle = openSync(file, 'a', 0o600)
  try {
    writeSync(handle, text)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** The newest run on this database that did not come to its end; null when there is none. */
export function findUnfinishedRun(directory: string, targetIdentity: string): JournalRecord | null {
  return listRuns(directory).find((run) => run.head.targetIdentity === targetIdentity && run.steps.at(-1)?.step !== 'end') ?? null
}

/** All readable journals, newest first. */
export function listRuns(directory: string): JournalRecord[] {
  const folder = path.join(directory, 'runs')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .reverse()
    .map((name) => readJournal(path.join(folder, name)))
    .filter((run) => run !== null)
}

// A line that was being written when the process died is not there: the step had not been taken.
function readJournal(file: string): JournalRecord | null {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map(parseLine)
    .filter((line) => line !== null)
  const head = headSchema.safeParse(lines[0])
  if (!head.success) return null
  return { file, head: head.data, steps: lines.slice(1).flatMap((line) => stepSchema.safeParse(line).data ?? []) }
}

function parseLine(line: string): unknown {
  try {
    return line === '' ? null : JSON.parse(line)
  } catch {
    return null
  }
}
