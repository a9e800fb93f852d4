import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_CONFIG } from '../../../src/config/defaults.js'
import type { Settings } from '../../../src/config/select-environment.js'
import type { Project } from '../../../src/project/project.js'
import { acceptBlocking, beginPlan, makePlan, type Plan } from '../../../src/run/plan.js'
import { type Verdict, verdictOf } from '../../../src/run/verdict.js'
import { compareDatabases } from '../../../src/verify/compare.js'
import type { Difference } from '../../../src/verify/difference.js'
import type { Arena } from './arena.js'
import { type Case, type Step, setupOf } from './model.js'
import { findTruth, type Truth } from './truth.js'

export interface Played {
  readonly plan: Plan
  readonly differences: readonly Difference[]
  readonly verdict: Verdict
  readonly truth: Truth
  /** Names of the tables that were there, partitions not among them. */
  readonly tablesBefore: readonly string[]
  /** What the database said to the statement that failed. */
  readonly error: string | null
}

const config: Settings = { ...DEFAULT_CONFIG, environment: null, protectedBy: null }

/** The whole story on a real database: plan, fingerprint, migration, fingerprint, comparison, verdict; and what really happened. */
export async function play(arena: Arena, one: Case): Promise<Played> {
  await arena.setUp(setupOf(one))
  const { connection, database } = arena
  const contents = await arena.read()
  const folder = mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  try {
    const project = makeProject(arena, folder, one.oneTransaction)
    const file = join(folder, '1_generated', 'migration.sql')
    mkdirSync(join(folder, '1_generated'))
    writeFileSync(file, migrationOf(one))
    const pending = {
      name: '1_generated',
      state: 'pending',
      editedAfterApply: false,
      missingOnDisk: false,
      file,
      startedAt: null,
      finishedAt: null,
      logs: null,
      checksum: null,
    } as const
    const session = { connection, withoutConnection: <T>(work: () => Promise<T>) => work(), close: async () => {} }
    const planned = acceptBlocking(await makePlan(project, session, [pending], config), { reason: 'a test', via: 'prompt' })
    const before = await database.fingerprint(connection)
    const openTable = await arena.keep(before)
    await arena.run(one.concurrent)
    const plan = await beginPlan(planned, session)
    const { executed, error } = await migrate(arena, one)
    const after = await database.fingerprint(connection, { reference: before, renames: plan.expectations.renames })
    const differences = await compareDatabases({ before, after, expectations: plan.expectations, connection, openTable })
    const truth = findTruth(contents, await arena.read(contents), executed)
    return {
      plan,
      differences,
      verdict: verdictOf({ failed: error !== null, notApplied: false, differences }, 'none'),
      truth,
      error,
      tablesBefore: contents.map((one) => one.table),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function migrationOf({ migration }: Pick<Case, 'migration'>): string {
  return `${migration
    .flat()
    .map(({ sql }) => `${sql};`)
    .join('\n')}\n`
}

/** As Prisma does it: the text at once (before 7.4), or each statement by itself. */
async function migrate(arena: Arena, one: Case): Promise<{ executed: readonly Step[]; error: string | null }> {
  const steps = one.migration.flat()
  if (one.oneTransaction) {
    const { error } = await arena.run([migrationOf(one)])
    return { executed: error === null ? steps : [], error }
  }
  const { done, error } = await arena.run(steps.map(({ sql }) => sql))
  const ran = steps.slice(0, done)
  // The connection is closed with its transaction.
  const begun = ran.findLastIndex(({ sql }) => sql === 'BEGIN')
  const isOpen = begun !== -1 && !ran.slice(begun).some(({ sql }) => sql === 'COMMIT')
  return { executed: isOpen ? ran.slice(0, begun) : ran, error }
}

function makeProject({ database, connection }: Arena, folder: string, oneTransaction: boolean): Project {
  return {
    root: folder,
    prisma: { version: oneTransaction ? '7.3.0' : '7.10.0', major: 7, minor: oneTransaction ? 3 : 10, script: '' },
    schemaPath: '',
    configPath: null,
    migrationsDir: folder,
    provider: database.id,
    database,
    target: connection.target,
    shadow: null,
    schemas: [],
    externalTables: [],
  }
}
