import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../../src/databases/database.js'
import { databaseOfProvider } from '../../src/databases/index.js'
import { SafeMigrateError } from '../../src/errors.js'
import type { Project } from '../../src/project/project.js'
import type { SnapshotContext } from '../../src/snapshots/snapshot.js'
import { ignoreProgress } from '../../src/util/progress.js'
import { takeNote } from '../helpers/test-run.js'

export interface TestContext extends SnapshotContext {
  /** Every step that was announced, in order. */
  readonly steps: { readonly step: string; readonly data: Readonly<Record<string, unknown>> }[]
  close(): Promise<void>
}

/** Removed when the tests are done. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safe-migrate-snapshots-'))
  takeNote({ kind: 'remove-dir', path })
  return path
}

/** A project on this database, without Prisma: snapshots need none. */
export function projectOn(provider: 'sqlite' | 'postgresql', url: string, root: string): Project {
  const database = databaseOfProvider(provider)
  if (database === null) throw new Error(provider)
  return {
    root,
    prisma: { version: '7.10.0', major: 7, minor: 10, script: '/nonexistent' },
    schemaPath: join(root, 'schema.prisma'),
    configPath: null,
    migrationsDir: join(root, 'migrations'),
    provider,
    database,
    target: database.readTarget(url, { fileBase: root, root }),
    shadow: null,
    schemas: [],
    externalTables: [],
  }
}

/** Like a run's session; the database may be missing. */
export async function openContext(project: Project): Promise<TestContext> {
  const { database, target } = project
  const connect = async () => ((await database.exists(target)) ? database.connect(target) : null)
  let connection: Connection | null = await connect()
  const steps: TestContext['steps'] = []
  return {
    project,
    steps,
    get connection() {
      if (connection === null) throw new Error(`${target.label} does not exist`)
      return connection
    },
    withoutConnection: async (work) => {
      await connection?.close()
      try {
        return await work()
      } finally {
        connection = await connect()
      }
    },
    onProgress: ignoreProgress,
    commands: null,
    files: [],
    encryption: null,
    storage: null,
    reading: {},
    reserve: 0,
    onStep: (step, data) => {
      steps.push({ step, data })
    },
    close: async () => connection?.close(),
  }
}

/** The error of something that must fail for the user, with all it says. */
export async function failureOf(work: Promise<unknown>): Promise<SafeMigrateError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof SafeMigrateError) return error
  throw error
}

export function saidBy(error: SafeMigrateError): string {
  return [error.message, error.why ?? '', ...error.next].join('\n')
}
