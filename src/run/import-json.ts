import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { type LoadedJson, loadJson } from '../imports/json/load-json.js'
import { readModels } from '../project/models.js'
import type { PartRequest } from '../snapshots/parts/build-parts.js'
import { countsOf } from '../snapshots/parts/require-agreed.js'
import { type PartOptions, type PartPlan, type PartTablePlan, planParts, restoreParts } from '../snapshots/restore-parts.js'
import { takeSnapshot } from '../snapshots/take-snapshot.js'
import { hideValues } from '../util/hide-values.js'
import { refuseAgent } from './guard.js'
import { summarizeSnapshot } from './protect.js'
import { readProtection } from './protection.js'
import { pruneAfterSnapshot } from './prune.js'
import type { ConfirmParts } from './restore-parts.js'
import type { ImportJsonReport } from './row-reports.js'
import { openProjectStore, type RunOptions, requireLock, snapshotContext, summarizeProject, withRunLock } from './run.js'
import { openSession, type Session } from './session.js'

export interface ImportJsonRequest {
  /** Absolute path of a file, or a folder of NDJSON files. */
  readonly path: string
  readonly mode: PartRequest['mode']
  readonly keys: PartRequest['keys']
  readonly dryRun: boolean
  /** Asked when rows would be overwritten or deleted. */
  readonly confirm: ConfirmParts
}

/**
 * Brings rows that `snapshot export` or the engine json wrote into the tables that are there, under the run lock: everything is read and checked
 * first, then a snapshot, then one transaction.
 * @throws SafeMigrateError `usage`, `snapshot`; nothing was changed
 */
export async function importJson(asked: RunOptions, request: ImportJsonRequest): Promise<ImportJsonReport> {
  if (request.mode === 'replace' && !request.dryRun) refuseAgent(asked.ui, 'safe-migrate import --mode replace')
  const options = { ...asked, protection: await readProtection(asked) }
  const { project, config, ui } = options
  const models = await readModels(project.schemaPath)
  const parts: PartOptions = { models, groups: {}, request: { only: [], skip: [], mode: request.mode, keys: request.keys } }
  return withRunLock(options, async (lock) => {
    const session = await openSession(project.database, project.target)
    const store = openProjectStore(project, config)
    const context = snapshotContext({ project, config, session, ui, journal: null })
    try {
      const tried = await withLoaded(options, session, request, parts, async (loaded) => ({
        loaded,
        plan: loaded.problems.length > 0 || loaded.source.tables.length === 0 ? null : await planParts(context, loaded.source, parts),
      }))
      const report = (verdict: ImportJsonReport['verdict'], plan: PartPlan | null, snapshot: ImportJsonReport['snapshot'] = null) =>
        describe(options, request, tried.loaded, { verdict, plan, snapshot })
      if (tried.loaded.problems.length > 0) return report('refused', null)
      if (tried.plan === null || (!request.dryRun && !tried.plan.tables.some(isChange))) return report('unchanged', tried.plan)
      if (request.dryRun) return report('planned', tried.plan)
      const isLoss = tried.plan.tables.some(({ overwritten, deleted }) => overwritten + deleted > 0)
      if (isLoss && !(await request.confirm(tried.plan, options.protection))) return report('declined', tried.plan)
      const snapshot = await takeSnapshot(context, {
        store,
        reason: 'import',
        engine: config.engine,
        onChosen: (choice) => ui.show({ type: 'snapshot-chosen', engine: choice.engine.id, why: choice.why }),
        onNotice: (message) => ui.show({ type: 'notice', message }),
      })
      await pruneAfterSnapshot(options, context, store)
      const agreed = countsOf(tried.plan.tables)
      const done = await withLoaded(options, session, request, parts, async (loaded) => {
        if (loaded.problems.length > 0) throw changedMeanwhile(request, snapshot.id)
        const onCommit = () => requireLock({ lock, project })
        onCommit()
        const confirm = async (plan: PartPlan) => countsOf(plan.tables) === agreed
        return restoreParts(context, loaded.source, { ...parts, store, kept: snapshot, signal: ui.signal, confirm, onCommit })
      })
      if (done.done === 'declined') throw changedMeanwhile(request, snapshot.id)
      return report(done.done === 'restored' ? 'imported' : 'unchanged', done.plan, summarizeSnapshot(snapshot, snapshot.choice.why))
    } catch (error) {
      throw error instanceof SafeMigrateError ? withoutRestore(error) : error
    } finally {
      await session.close()
    }
  })
}

/** The files are read anew each time: between the two, the snapshot may need everybody out of the database. */
async function withLoaded<T>(
  { project, ui }: RunOptions,
  session: Session,
  request: ImportJsonRequest,
  { models }: PartOptions,
  work: (loaded: LoadedJson) => Promise<T>,
): Promise<T> {
  const catalog = await project.database.readCatalog(session.connection)
  const stage = await project.database.openJsonStage(project.target)
  try {
    const loaded = await loadJson({
      path: request.path,
      name: path.basename(request.path),
      models,
      catalog,
      stage,
      withEmpty: request.mode === 'replace',
      signal: ui.signal,
      onProgress: ui.progress,
    })
    return await work(loaded)
  } finally {
    await stage.close()
  }
}

function changedMeanwhile({ path: file }: ImportJsonRequest, snapshot: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: `${path.basename(file)}, or the rows in the database, changed while the snapshot ${snapshot} was taken: it is not what was agreed to any more.`,
    why: 'Nothing was written.',
    next: ['Look at it again with --dry-run, and run it again.'],
  })
}

const isChange = ({ inserted, overwritten, deleted }: PartTablePlan): boolean => inserted + overwritten + deleted > 0

function describe(
  options: RunOptions,
  request: ImportJsonRequest,
  { rows, problems, moreProblems }: LoadedJson,
  { verdict, plan, snapshot }: { verdict: ImportJsonReport['verdict']; plan: PartPlan | null; snapshot: ImportJsonReport['snapshot'] },
): ImportJsonReport {
  const { showValues } = options.config
  return {
    report: 'import-json',
    formatVersion: 1,
    exitCode: verdict === 'refused' || verdict === 'declined' ? 1 : 0,
    project: summarizeProject(options),
    file: path.basename(request.path),
    mode: request.mode,
    verdict,
    rows,
    tables: plan?.tables ?? [],
    notices: plan?.notices ?? [],
    problems: problems.map((one) => ({ ...one, message: showValues ? one.message : hideValues(one.message) })),
    moreProblems,
    snapshot,
  }
}

/** What helps where rows of a snapshot are restored is no help here. */
function withoutRestore(error: SafeMigrateError): SafeMigrateError {
  const next = error.next.filter((line) => !/safe-migrate restore|--only|--skip/.test(line))
  const { code, message, why } = error
  return new SafeMigrateError({ code, message, next, cause: error, ...(why === null ? {} : { why }) })
}
