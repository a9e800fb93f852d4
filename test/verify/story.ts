import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_CONFIG } from '../../src/config/defaults.js'
import type { Settings } from '../../src/config/select-environment.js'
import type { Fingerprint } from '../../src/databases/fingerprint.js'
import type { Project } from '../../src/project/project.js'
import { acceptBlocking, beginPlan, makePlan, type Plan } from '../../src/run/plan.js'
import { type Verdict, verdictOf } from '../../src/run/verdict.js'
import { compareDatabases, compareFingerprints } from '../../src/verify/compare.js'
import type { Difference } from '../../src/verify/difference.js'
import { alarms } from './lab.js'
import type { Arena } from './property/arena.js'

/** A migration that comes to a database with rows. */
export interface Story {
  /** Its statements. */
  readonly migration: readonly string[]
  /** What another session does after the database was read and before the migration runs. */
  readonly meanwhile?: readonly string[]
  /** PostgreSQL: the file in one transaction, as before Prisma 7.4; else each statement by itself. */
  readonly oneTransaction?: boolean
}

export interface Told {
  readonly plan: Plan
  readonly differences: readonly Difference[]
  readonly verdict: Verdict
  /** What the database said to the statement that failed. */
  readonly error: string | null
  /** How many statements ran. */
  readonly done: number
  readonly doneMeanwhile: number
  /** What comparing with the rows themselves says, where digests say otherwise. */
  readonly contradiction: readonly Difference[] | null
  /** The alarms if no finding had foretold anything, as long as the arena is as it was left: from every row, and from digests alone. */
  compareBlind(): Promise<{ readonly rows: readonly string[]; readonly digests: readonly string[] }>
}

const config: Settings = { ...DEFAULT_CONFIG, environment: null, protectedBy: null }

/** The whole run on the arena's database, all findings accepted: plan, fingerprint, migration, fingerprint, comparison, verdict. */
export async function runStory(arena: Arena, { migration, meanwhile = [], oneTransaction = false }: Story): Promise<Told> {
  const { connection, database } = arena
  const folder = mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  try {
    const project = makeProject(arena, folder, oneTransaction)
    const file = join(folder, '1_generated', 'migration.sql')
    mkdirSync(join(folder, '1_generated'))
    const text = fileOf(migration)
    writeFileSync(file, text)
    const session = { connection, withoutConnection: <T>(work: () => Promise<T>) => work(), close: async () => {} }
    const planned = acceptBlocking(await makePlan(project, session, [{ ...PENDING, file }], config), { reason: 'a test', via: 'prompt' })
    const before = await database.fingerprint(connection)
    const openTable = await arena.keep(before)
    const named = arena.kept === undefined ? null : await database.fingerprint(connection, { rowsIn: arena.kept })
    const { done: doneMeanwhile } = await arena.run(meanwhile)
    const plan = await beginPlan(planned, session)
    const { done, error } = oneTransaction ? await arena.run([text]) : await arena.run(migration)
    const readAfter = (reference: Fingerprint) => database.fingerprint(connection, { reference, renames: plan.expectations.renames })
    const after = await readAfter(before)
    const comparison = { before, after, expectations: plan.expectations, connection, openTable }
    const differences = await compareDatabases(comparison)
    const beside = named === null ? differences : await compareDatabases({ ...comparison, before: named, after: await readAfter(named) })
    const contradiction = isDeepStrictEqual(beside, differences) ? null : beside
    const verdict = verdictOf({ failed: error !== null, notApplied: false, differences }, 'none')
    const compareBlind = async () => {
      const { renames } = plan.expectations
      const rows = await compareDatabases({
        ...comparison,
        expectations: { ...plan.expectations, findings: [], touched: { kind: 'all', why: '' } },
      })
      const expected = { findings: [], renames, isTouched: () => true, mentions: () => false }
      return { rows: alarms(rows), digests: alarms(compareFingerprints(before, after, expected, connection.target.schema)) }
    }
    return { plan, differences, verdict, error, done, doneMeanwhile, contradiction, compareBlind }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function fileOf(statements: readonly string[]): string {
  return statements.map((sql) => `${sql};\n`).join('')
}

const PENDING = {
  name: '1_generated',
  state: 'pending',
  editedAfterApply: false,
  missingOnDisk: false,
  startedAt: null,
  finishedAt: null,
  logs: null,
  checksum: null,
} as const

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
