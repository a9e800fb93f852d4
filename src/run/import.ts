import path from 'node:path'
import type { ImportMapping } from '../config/import-mapping.js'
import { SafeMigrateError } from '../errors.js'
import { type ImportOutcome, importFile } from '../imports/import-file.js'
import { readModels } from '../project/models.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import { hideValues } from '../util/hide-values.js'
import { suggestNearest } from '../util/nearest.js'
import { summarizeSnapshot } from './protect.js'
import { readProtection } from './protection.js'
import { pruneAfterSnapshot } from './prune.js'
import type { ImportReport } from './row-reports.js'
import { openProjectStore, type RunOptions, requireLock, snapshotContext, summarizeProject, withRunLock } from './run.js'
import { openSession } from './session.js'

export interface ImportRequest {
  /** Key in `imports` of the configuration. */
  readonly name: string
  readonly file: string
  readonly dryRun: boolean
}

/**
 * Imports a CSV or TSV file by a mapping of the configuration, under the run lock: a snapshot first, then one transaction.
 * @throws SafeMigrateError `usage`, `config`, `snapshot`; nothing was changed
 */
export async function importRows(asked: RunOptions, { name, file, dryRun }: ImportRequest): Promise<ImportReport> {
  const mapping = findMapping(asked, name)
  const options = { ...asked, protection: await readProtection(asked) }
  const { project, config, ui } = options
  const models = await readModels(project.schemaPath)
  return withRunLock(options, async (lock) => {
    const session = await openSession(project.database, project.target)
    const attempt = (isDry: boolean) =>
      importFile({ name, mapping, file, models, connection: session.connection, dryRun: isDry, signal: ui.signal, onProgress: ui.progress })
    const summary = {
      report: 'import',
      formatVersion: 1,
      project: summarizeProject(options),
      mapping: name,
      file: path.basename(file),
      dryRun,
    } as const
    try {
      // Tried in a transaction that is rolled back: a snapshot is only taken of what will really change.
      const tried = await attempt(true)
      if (dryRun || tried.problems.length > 0) return { ...summary, ...describe(tried, config.showValues), snapshot: null }
      const context = snapshotContext({ project, config, session, ui, journal: null })
      const store = openProjectStore(project, config)
      const snapshot = await takeSnapshot(context, {
        store,
        reason: 'import',
        engine: config.engine,
        onChosen: (choice) => ui.show({ type: 'snapshot-chosen', engine: choice.engine.id, why: choice.why }),
        onNotice: (message) => ui.show({ type: 'notice', message }),
      })
      await pruneAfterSnapshot(options, context, store)
      requireLock({ lock, project })
      const done = await attempt(false)
      return { ...summary, ...describe(done, config.showValues), snapshot: summarizeSnapshot(snapshot, snapshot.choice.why) }
    } finally {
      await session.close()
    }
  })
}

function findMapping({ config }: RunOptions, name: string): ImportMapping {
  const mapping = Object.hasOwn(config.imports, name) ? config.imports[name] : undefined
  if (mapping !== undefined) return mapping
  const names = Object.keys(config.imports)
  throw new SafeMigrateError({
    code: 'usage',
    message: `There is no import "${name}" in the configuration${suggestNearest(name, names)}`,
    ...(names.length === 0 ? {} : { why: `It has ${names.join(', ')}.` }),
    next: [
      `Describe it in safe-migrate.config: imports: { ${/^[A-Za-z_]\w*$/.test(name) ? name : 'users'}: { model: 'User', columns: { 'Email': 'email' }, key: 'email' } }`,
    ],
  })
}

function describe(
  { problems, ...outcome }: ImportOutcome,
  showValues: boolean,
): Pick<ImportReport, 'exitCode' | 'problems'> & Omit<ImportOutcome, 'problems'> {
  return {
    ...outcome,
    exitCode: problems.length > 0 ? 1 : 0,
    problems: problems.map((one) => ({ ...one, message: showValues ? one.message : hideValues(one.message) })),
  }
}
