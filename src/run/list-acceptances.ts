import { readAcceptanceFile, writeAcceptanceFile } from '../findings/acceptance-file.js'
import { isLapsed } from '../findings/recorded-acceptance.js'
import type { LocatedProject } from '../project/resolve-project.js'
import { readMigrations } from './judge-for-acceptance.js'
import type { AcceptReport } from './report.js'

/** What is recorded, and whether it still counts. */
export async function listAcceptances(located: LocatedProject): Promise<AcceptReport> {
  return { ...(await readRecorded(located)), command: 'list' }
}

/** Removes what has lapsed, and what is for migrations that are not there any more. */
export async function pruneAcceptances(located: LocatedProject): Promise<AcceptReport> {
  const report = await readRecorded(located)
  const keep = report.recorded.filter((one) => one.state === 'current').map(({ state: _state, ...record }) => record)
  const removed = report.recorded.filter((one) => one.state !== 'current').map(({ state: _state, ...record }) => record)
  if (removed.length > 0) await writeAcceptanceFile(located.migrationsDir, keep)
  return { ...report, command: 'prune', removed, recorded: [] }
}

async function readRecorded(located: LocatedProject): Promise<AcceptReport> {
  const { file, acceptances } = await readAcceptanceFile(located.migrationsDir, located.root)
  const names = new Set(acceptances.map(({ migration }) => migration))
  const sources = readMigrations(located).filter(({ migration }) => names.has(migration))
  const parsed = await Promise.all(sources.map((source) => located.database.parse(source)))
  const recorded = acceptances.map((record) => {
    const own = parsed.find(({ source }) => source.migration === record.migration)
    return {
      ...record,
      state: own === undefined ? ('missing' as const) : isLapsed(record, own) ? ('lapsed' as const) : ('current' as const),
    }
  })
  return {
    report: 'accept',
    formatVersion: 1,
    command: 'list',
    exitCode: 0,
    file,
    measured: false,
    added: [],
    removed: [],
    recorded,
    open: [],
  }
}
