import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadConfig } from '../../../src/config/load.js'
import { selectEnvironment } from '../../../src/config/select-environment.js'
import type { Fingerprint } from '../../../src/databases/fingerprint.js'
import { resolveProject } from '../../../src/project/resolve-project.js'
import { openProjectStore, type RunOptions } from '../../../src/run/run.js'
import { unattendedInterface } from '../../../src/run/unattended.js'
import type { TestProject } from '../../helpers/make-project.js'
import { repositoryRoot } from '../../helpers/paths.js'
import { temporaryFolder } from '../../snapshots/snapshot-test.js'

const PRELOAD = `--import=${pathToFileURL(path.join(repositoryRoot, 'test/run/steps/at-step.mjs'))}`

/** The environment in which safe-migrate does something at a step of its journal, or has another time. */
export function atStep(variables: Readonly<Record<string, string>>): { readonly env: Record<string, string> } {
  return { env: { NODE_OPTIONS: PRELOAD, ...variables } }
}

/** What a run leaves behind, the database included: a file. */
function filesOf(project: TestProject): Readonly<Record<string, string>> {
  const beside = Object.fromEntries(['-wal', '-shm', '-journal'].map((suffix) => [`database${suffix}`, `${project.databaseName}${suffix}`]))
  const files = { data: path.join(project.dir, '.safe-migrate'), migrations: project.migrationsDir }
  return { ...files, database: project.databaseName, ...beside }
}

export function bringBack(project: TestProject, state: string): void {
  for (const [name, file] of Object.entries(filesOf(project))) {
    rmSync(file, { recursive: true, force: true })
    if (existsSync(path.join(state, name))) cpSync(path.join(state, name), file, { recursive: true })
  }
}

/** One run to its end, with the files as they were after each line of its journal: what a kill would have left. */
export async function runKeepingSteps(project: TestProject, words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const folder = temporaryFolder()
  const variables = { TEST_KEEP_STEPS: folder, TEST_KEEP_FILES: JSON.stringify(filesOf(project)) }
  await project.start(words, atStep(variables))
  return new Map(readdirSync(folder).map((name) => [name, path.join(folder, name)]))
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
export async function findStrays(project: TestProject, options: RunOptions): Promise<readonly string[]> {
  const { usable, unusable } = await openProjectStore(options.project, options.config).list()
  const data = path.join(project.dir, '.safe-migrate')
  const known = new Set([...usable.map(({ id }) => id), '.gitignore'])
  const store = path.join(data, 'snapshots')
  const inStore = (existsSync(store) ? readdirSync(store) : []).filter((name) => !known.has(name))
  const inData = readdirSync(data).filter((name) => !['.gitignore', 'runs', 'snapshots'].includes(name))
  const beside = readdirSync(project.dir).filter(
    (name) => /^dev\.db.|partial|\.tmp$/.test(name) && !isSpentJournal(path.join(project.dir, name)),
  )
  return [...unusable.map(({ id, why }) => `${id}: ${why}`), ...inStore, ...inData, ...beside]
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
