import { hostname } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import type { Settings } from '../config/select-environment.js'
import type { Project } from '../project/project.js'
import { listEverywhere } from '../snapshots/storage/everywhere.js'
import { openStorage } from '../snapshots/storage/storage.js'
import { isRunning } from '../util/running-process.js'
import type { HistoryReport, NamedSnapshot, PastRun } from './history-report.js'
import { type JournalRecord, listJournals } from './journal.js'
import { dataDirectory, openProjectStore, summarizeProject } from './run.js'
import { EXIT_CODES, type Verdict } from './verdict.js'

const endSchema = z.looseObject({
  at: z.string(),
  outcome: z.string(),
  exitCode: z.number().optional(),
  command: z.string().optional(),
  applied: z.array(z.string()).optional(),
  replaced: z.string().nullish(),
})
const namingSchema = z.looseObject({ snapshot: z.string() })
const pendingSchema = z.looseObject({ pending: z.array(z.string()) })

/** Outcomes that another command wrote into the journal, before journals said which. */
const SETTLED_LATER: readonly string[] = ['abandoned', 'unproven', 'settled by a restore']

type FindSnapshot = (id: string) => NamedSnapshot

/** The runs of before, of every database, newest first, with what became of their snapshots. Asks no database. */
export async function readRunHistory(
  options: { readonly project: Project; readonly config: Settings },
  limit: number,
): Promise<HistoryReport> {
  const { project, config } = options
  const directory = dataDirectory(project, config)
  const journals = listJournals(directory)
  const runs = journals.filter((one) => 'head' in one)
  const find = await indexSnapshots(project, config)
  return {
    report: 'history',
    formatVersion: 1,
    exitCode: 0,
    project: summarizeProject(options),
    folder: path.join(directory, 'runs'),
    runs: runs.slice(0, limit).map((run) => describeRun(run, project.target.identity, find)),
    older: Math.max(0, runs.length - limit),
    unreadable: journals.flatMap((one) => ('why' in one ? [{ file: path.basename(one.file), why: one.why }] : [])),
  }
}

/** Where what is elsewhere cannot be asked, what is not here may be there. */
async function indexSnapshots(project: Project, config: Settings): Promise<FindSnapshot> {
  const store = openProjectStore(project, config)
  const storage = openStorage(config.storage, project.root)
  const known = await listEverywhere(store, storage).catch(() => null)
  const here = known ?? (await store.list())
  const usable = new Map(here.usable.map((one) => [one.id, 'isHere' in one && !one.isHere ? ('elsewhere' as const) : ('here' as const)]))
  const unusable = new Set(here.unusable.map(({ id }) => id))
  return (id) => ({ id, state: usable.get(id) ?? (unusable.has(id) ? 'unusable' : known === null ? 'unknown' : 'gone') })
}

function describeRun({ head, steps }: JournalRecord, identity: string, find: FindSnapshot): PastRun {
  const last = steps.at(-1)
  const end = last?.step === 'end' ? (endSchema.safeParse(last).data ?? null) : null
  const snapshot = findLastName(steps, ['snapshot-taken']) ?? findLastName(steps, ['restore', 'rows'])
  const settledBy = end === null || end.command === undefined || end.command === head.command ? null : end.command
  const isOwnEnd = end !== null && settledBy === null && (end.command !== undefined || !SETTLED_LATER.includes(end.outcome))
  return {
    runId: head.runId,
    command: head.command,
    startedAt: head.startedAt,
    seconds: isOwnEnd ? secondsBetween(head.startedAt, end.at) : null,
    by: head.by ?? head.host,
    database: head.target,
    isThisDatabase: head.targetIdentity === identity,
    state: end !== null ? 'ended' : head.host === hostname() && isRunning(head.pid, 'node') ? 'running' : 'open',
    outcome: end?.outcome ?? null,
    exitCode: end === null ? null : (end.exitCode ?? exitCodeOf(end.outcome)),
    settledBy,
    migrations: [...new Set(steps.flatMap((one) => (one.step === 'migrate' ? (pendingSchema.safeParse(one).data?.pending ?? []) : [])))],
    applied: end?.applied ?? null,
    snapshot: snapshot === null ? null : find(snapshot),
    replaced: end?.replaced ? find(end.replaced) : null,
  }
}

function findLastName(steps: JournalRecord['steps'], names: readonly string[]): string | null {
  return namingSchema.safeParse(steps.findLast(({ step }) => names.includes(step))).data?.snapshot ?? null
}

function exitCodeOf(outcome: string): number | null {
  return isVerdict(outcome) ? EXIT_CODES[outcome] : null
}

function isVerdict(outcome: string): outcome is Verdict {
  return Object.hasOwn(EXIT_CODES, outcome)
}

/** Null when the clock went back meanwhile. */
function secondsBetween(from: string, to: string): number | null {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  return seconds >= 0 ? seconds : null
}
