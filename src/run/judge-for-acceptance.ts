import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Settings } from '../config/select-environment.js'
import type { ParsedSql } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { readAcceptanceFile } from '../findings/acceptance-file.js'
import { checkFiles } from '../findings/check-files.js'
import { readDelivery } from '../project/atomicity.js'
import { listMigrationFolders, pendingMigrations, readHistory, readSource } from '../project/history.js'
import type { Project } from '../project/project.js'
import type { LocatedProject } from '../project/resolve-project.js'
import type { Finding } from '../rules/finding.js'
import type { SqlSource } from '../sql/statement.js'
import { suggestNearest } from '../util/nearest.js'
import { makeEmptyPlan, makePlan } from './plan.js'
import { openSession } from './session.js'

export interface JudgedMigrations {
  /** With the acceptances that there are. */
  readonly findings: readonly Finding[]
  readonly parsed: readonly ParsedSql[]
  /** Whether the findings were measured in the live database. */
  readonly measured: boolean
}

interface JudgeOptions {
  readonly located: LocatedProject
  readonly config: Settings
  /** Null: without the database. */
  readonly live: Project | null
  /** Names; empty for what is pending, without a database for all. */
  readonly migrations: readonly string[]
}

/** Judges migrations, measured where they are pending in a live database; those that are applied there by their files alone. */
export async function judgeForAcceptance({ located, config, live, migrations }: JudgeOptions): Promise<JudgedMigrations> {
  const sources = readMigrations(located)
  const known = sources.map((one) => one.migration)
  const unknown = migrations.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new SafeMigrateError({
      code: 'usage',
      message: `There is no migration ${unknown}${suggestNearest(unknown, known) || '.'}`,
      next: [`They are the folders in ${path.relative(located.root, located.migrationsDir)}.`],
    })
  const isWanted = ({ migration }: { readonly migration: string }) => migrations.length === 0 || migrations.includes(migration)
  const parsed = await Promise.all(sources.filter(isWanted).map((source) => located.database.parse(source)))
  const measured = live === null ? null : await judgeLive(live, config, migrations)
  if (measured !== null) return { findings: measured.filter(isWanted), parsed, measured: true }
  const recorded = await readAcceptanceFile(located.migrationsDir, located.root)
  const { findings } = await checkFiles(sources, located.database, {
    levels: config.rules,
    protect: config.protect,
    recorded: async () => recorded,
    delivery: readDelivery(located),
  })
  return { findings: findings.filter(isWanted), parsed, measured: false }
}

/** Every migration on disk, in order. */
export function readMigrations({ migrationsDir, root }: Pick<LocatedProject, 'migrationsDir' | 'root'>): readonly SqlSource[] {
  const files = listMigrationFolders(migrationsDir).map((name) => ({ name, file: path.join(migrationsDir, name, 'migration.sql') }))
  return files.filter(({ file }) => existsSync(file)).map((one) => readSource({ root }, one))
}

/** Null when one of the migrations is not pending here, so that nothing can be measured for it. */
async function judgeLive(project: Project, config: Settings, migrations: readonly string[]): Promise<readonly Finding[] | null> {
  if (!(await project.database.exists(project.target))) {
    const all = pendingMigrations(await readHistory(project, null))
    return migrations.length > 0 ? null : (await makeEmptyPlan(project, all, config, { all: true })).findings
  }
  const session = await openSession(project.database, project.target)
  try {
    const pending = pendingMigrations(await readHistory(project, session.connection))
    const isPending = migrations.every((name) => pending.some((one) => one.name === name))
    return isPending ? (await makePlan(project, session, pending, config, { all: true })).findings : null
  } finally {
    await session.close()
  }
}
