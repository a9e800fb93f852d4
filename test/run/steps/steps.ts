import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../../../src/config/load.js'
import { selectEnvironment } from '../../../src/config/select-environment.js'
import type { Fingerprint } from '../../../src/databases/fingerprint.js'
import { resolveProject } from '../../../src/project/resolve-project.js'
import { openProjectStore, type RunOptions } from '../../../src/run/run.js'
import { unattendedInterface } from '../../../src/run/unattended.js'
import { controlEmbeddedPostgresql } from '../../helpers/embedded-postgresql.js'
import type { TestProject } from '../../helpers/make-project.js'
import { repositoryRoot } from '../../helpers/paths.js'
import type { ownPostgresqlServer, PostgresqlServer } from '../../helpers/postgresql-server.js'
import type { CommandResult } from '../../helpers/run-command.js'
import { temporaryFolder } from '../../snapshots/snapshot-test.js'
import { mirror } from './mirror.mjs'

const PRELOAD = `--import=${pathToFileURL(path.join(repositoryRoot, 'test/run/steps/at-step.mjs'))}`

type Env = Readonly<Record<string, string>>

/** The environment in which safe-migrate does something at a step of its journal, or has another time. */
export function atStep(variables: Env): { readonly env: Record<string, string> } {
  return { env: { NODE_OPTIONS: PRELOAD, ...variables } }
}

/** A server of the test's own, whose data folder is one of the files. */
export type OwnServer = Awaited<ReturnType<typeof ownPostgresqlServer>>

/** What a run leaves behind, the database included: a file, or all of the server. */
function filesOf(project: TestProject, server: OwnServer | null): Readonly<Record<string, string>> {
  if (server !== null) return { data: path.join(project.dir, '.safe-migrate'), migrations: project.migrationsDir, server: server.dataDir }
  const beside = Object.fromEntries(['-wal', '-shm', '-journal'].map((suffix) => [`database${suffix}`, `${project.databaseName}${suffix}`]))
  const files = { data: path.join(project.dir, '.safe-migrate'), migrations: project.migrationsDir }
  return { ...files, database: project.databaseName, ...beside }
}

export async function bringBack(project: TestProject, state: string, server: OwnServer | null): Promise<void> {
  if (server !== null) await controlEmbeddedPostgresql(server.dataDir, 'stop')
  for (const [name, file] of Object.entries(filesOf(project, server))) {
    const kept = path.join(state, name)
    if (file === server?.dataDir) mirror(kept, file)
    else {
      rmSync(file, { recursive: true, force: true })
      if (existsSync(kept)) cpSync(kept, file, { recursive: true })
    }
  }
  if (server !== null) await controlEmbeddedPostgresql(server.dataDir, 'start')
}

/** One run to its end, with the files as they were after each line of its journal: what a kill would have left. */
export async function runKeepingSteps(
  project: TestProject,
  words: readonly string[],
  server: OwnServer | null,
): Promise<{ readonly states: ReadonlyMap<string, string>; readonly result: CommandResult }> {
  const folder = temporaryFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const variables = { TEST_KEEP_STEPS: folder, TEST_KEEP_FILES: JSON.stringify(filesOf(project, server)) }
  const result = await resultOf(project.start(words, atStep(variables)))
  return { states: new Map(readdirSync(folder).map((name) => [name, path.join(folder, name)])), result }
}

export interface Stopped {
  readonly child: ReturnType<TestProject['start']>
  /** Lets it go on, and waits for its end. */
  goOn(): Promise<CommandResult>
}

/** Starts a run that stands still right after a step of its journal; Prisma, which it may have started, does not. */
export async function startUntil(project: TestProject, words: readonly string[], step: string, env: Env = {}): Promise<Stopped> {
  const file = path.join(project.dir, `.stopped-${randomBytes(4).toString('hex')}`)
  const child = project.start(words, atStep({ ...env, TEST_STOP_AT: step, TEST_STOPPED: file }))
  let isOver = false
  child.then(() => {
    isOver = true
  })
  while (!existsSync(file)) {
    if (isOver) throw new Error(`the run never came to "${step}": ${(await child).all}`)
    await sleep(5)
  }
  return {
    child,
    goOn: async () => {
      rmSync(file)
      return resultOf(child)
    },
  }
}

async function resultOf(child: ReturnType<TestProject['start']>): Promise<CommandResult> {
  const { exitCode, signal, stdout, stderr, all } = await child
  return { exitCode: exitCode ?? -1, signal, stdout: String(stdout), stderr: String(stderr), output: String(all) }
}

/** Steps of the newest journal; `start` is its head. */
export function readSteps(project: TestProject): readonly string[] {
  const folder = path.join(project.dir, '.safe-migrate', 'runs')
  const newest = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined
  if (newest === undefined) return []
  const lines = readFileSync(path.join(folder, newest), 'utf8').split('\n').slice(1)
  return ['start', ...lines.filter((line) => line.endsWith('}')).map((line) => (JSON.parse(line) as { step: string }).step)]
}

/** For doing in this process what a command would do. */
export async function openOptions(project: TestProject): Promise<RunOptions> {
  Object.assign(process.env, project.env) // the project's configuration and Prisma read it from this very process
  const opened = await resolveProject({ cwd: project.dir, environment: project.env })
  const config = selectEnvironment(await loadConfig(project.dir), opened.target)
  return { project: opened, config, ui: { ...unattendedInterface, interactive: true } }
}

/** Everything in the database: rows, values and schema, without what is another one in a copy (ids). */
export async function readDatabase({ project }: RunOptions): Promise<string> {
  const connection = await project.database.connect(project.target)
  try {
    return essenceOf(await project.database.fingerprint(connection))
  } finally {
    await connection.close()
  }
}

function essenceOf({ tables, objects, violations }: Fingerprint): string {
  const lines = [
    ...tables.map(({ name, rows, key, columns }) =>
      JSON.stringify([name, rows, key, columns.map((one) => [one.name, one.type, one.nonNull, one.digest])]),
    ),
    ...objects.map(({ type, table, name, definition }) => JSON.stringify([type, table, name, definition])),
    ...violations.map((one) => JSON.stringify(one)),
  ]
  return lines.sort().join('\n')
}

/** What is left of a run that is settled, that neither the database nor a usable snapshot needs. */
export async function findStrays(
  project: TestProject,
  options: RunOptions,
  query: PostgresqlServer['query'] | null,
): Promise<readonly string[]> {
  const { usable, unusable } = await openProjectStore(options.project, options.config).list()
  const kept = usable.map(({ manifest }) => manifest.details.database)
  const sql = 'SELECT datname FROM pg_database WHERE starts_with(datname::text, $1)'
  const rows = (await query?.<{ datname: string }>('postgres', sql, [`${project.databaseName}__safe_migrate`])) ?? []
  const databases = rows.map(({ datname }) => datname).filter((name) => !kept.includes(name))
  const data = path.join(project.dir, '.safe-migrate')
  const known = new Set([...usable.map(({ id }) => id), '.gitignore'])
  const store = path.join(data, 'snapshots')
  const inStore = (existsSync(store) ? readdirSync(store) : []).filter((name) => !known.has(name))
  const inData = readdirSync(data).filter((name) => !['.gitignore', 'runs', 'salvage', 'snapshots'].includes(name))
  const beside = readdirSync(project.dir).filter(
    (name) => /^dev\.db.|partial|\.tmp$/.test(name) && !isSpentJournal(path.join(project.dir, name)),
  )
  return [...unusable.map(({ id, why }) => `${id}: ${why}`), ...databases, ...inStore, ...inData, ...beside]
}

// Prisma locks the file for itself alone and leaves the journal of its last transaction; one without a header is played back by nobody.
// https://www.sqlite.org/pragma.html#pragma_locking_mode
function isSpentJournal(file: string): boolean {
  return (
    file.endsWith('-journal') &&
    readFileSync(file)
      .subarray(0, 8)
      .every((byte) => byte === 0)
  )
}
