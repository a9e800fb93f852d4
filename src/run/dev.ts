import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { suggestRenames } from '../findings/rename-hint.js'
import { type Migration, pendingMigrations, readHistory, readSource } from '../project/history.js'
import { fileOptions, type PrismaRun, runPrisma } from '../project/run-prisma.js'
import { removeSnapshot } from '../snapshots/remove-snapshot.js'
import { awaitPrisma } from './await-prisma.js'
import { concludeRun } from './conclude.js'
import { adviseBlocked, askConsent } from './consent.js'
import { deployPending } from './deploy-pending.js'
import { emptyReport, endRun } from './empty-report.js'
import { guardDev } from './guard.js'
import { applyPending, recordPrisma } from './migrate.js'
import { beginPlan, type Expectations, makePlan, type Plan } from './plan.js'
import { type Protection, protect, protectedBy } from './protect.js'
import type { RunReport } from './report.js'
import { requirePending } from './require-pending.js'
import { type Run, type RunOptions, requireLock, snapshotContext, stopIfAborted, timed, withRun, withRunLock } from './run.js'
import { settleUnfinished } from './unfinished.js'

export interface DevOptions extends RunOptions {
  /** Write the migration and do not apply it. */
  readonly createOnly: boolean
  /** Other options for `prisma migrate dev` itself, such as `--name x`. */
  readonly passedOn: readonly string[]
}

/** While Prisma drafts nothing may be lost, in no table: older versions offer a reset, and whatever changed then is no stranger's doing. */
const NOTHING_EXPECTED: Expectations = {
  findings: [],
  touched: { kind: 'all', why: 'prisma migrate dev can reset the database' },
  mentioned: [],
  renames: [],
}

/**
 * `prisma migrate dev`, in two: pending migrations first, then what Prisma drafts is judged before it is applied.
 * @throws SafeMigrateError when it cannot start or Prisma stops before any change; a bad outcome is a report
 */
export async function dev(options: DevOptions): Promise<RunReport> {
  const { project } = options
  await guardDev(options)
  if (!(await project.database.exists(project.target))) return createDatabase(options)
  return withRunLock(options, async (lock) => {
    const settled = await settleUnfinished(options, lock)
    return settled ?? withRun(options, lock, 'dev', (run) => devLocked(run, options))
  })
}

async function devLocked(run: Run, options: DevOptions): Promise<RunReport> {
  const pending = await requirePending(run, run.session.connection)
  const first = pending.length === 0 ? null : await deployPending(run, 'dev', pending)
  if (first !== null && first.verdict !== 'applied') return endRun(run, first)
  if (first !== null) run.journal.record('settled')
  const isInSync = !options.createOnly && (await hasNoSchemaChange(run))
  if (first === null) await stopIfAborted(run.ui, 'before the snapshot')
  else await stopIfAborted(run.ui, 'before the draft', 'The pending migrations were applied and compared.')
  const protection = await protect(run, 'dev')
  const before = await databaseState(run)
  requireLock(run)
  run.journal.record('migrate', { ...protectedBy(protection), pending: [], expectations: NOTHING_EXPECTED })
  const prisma = await draft(run, options, isInSync)
  if (prisma.exitCode !== 0)
    await awaitPrisma(run, run.session.connection, 'unproven', ['To compare when it is done: safe-migrate status --resume'])
  if ((await databaseState(run)) !== before)
    return endRun(
      run,
      await concludeRun(
        run,
        'dev',
        { pending: [], findings: [], acceptanceProblems: [], expectations: NOTHING_EXPECTED },
        protection,
        prisma,
      ),
    )
  run.journal.record('settled')
  const drafts = pendingMigrations(await readHistory(run.project, run.session.connection))
  if (prisma.exitCode !== 0) await discard(run, protection)
  if (prisma.exitCode !== 0) throw prismaStopped(prisma)
  if (drafts.length > 0) return finishDrafts(run, options, drafts, protection)
  await discard(run, protection)
  return endRun(run, first ?? emptyReport(run, 'dev', 'nothing-pending'))
}

async function finishDrafts(
  run: Run,
  options: DevOptions,
  drafts: readonly Migration[],
  protection: Protection | null,
): Promise<RunReport> {
  const planned = await planDrafts(run, drafts)
  const report = {
    ...emptyReport(run, 'dev', 'drafted'),
    pending: planned.pending,
    findings: planned.findings,
    acceptanceProblems: planned.acceptanceProblems,
    atomicity: planned.atomicity,
  }
  if (options.createOnly) {
    await discard(run, protection)
    return endRun(run, { ...report, next: ['Edit it if you like, then apply it: safe-migrate dev'] })
  }
  const consent = await askConsent(run, planned)
  if (consent.verdict !== null) {
    await discard(run, protection)
    return endRun(run, {
      ...report,
      ...emptyReport(run, 'dev', consent.verdict),
      pending: planned.pending,
      findings: planned.findings,
      next: await settleDrafts(run, drafts, planned),
    })
  }
  await stopIfAborted(run.ui, 'before the draft was applied', 'The draft is written; nothing was applied.')
  const begun = await beginPlan(consent.plan, run.session)
  const end = await applyPending(run, begun, protection, [])
  const concluded = await concludeRun(run, 'dev', begun, protection, end)
  if (concluded.verdict === 'applied') await generateClient(run, options)
  return endRun(run, concluded)
}

/** Judges the drafts, offering the rewrite where a drop and an add look like a rename. */
async function planDrafts(run: Run, drafts: readonly Migration[]): Promise<Plan> {
  const { project, session, ui, config } = run
  if (ui.interactive) for (const { name, file } of drafts) if (file !== null) await offerRewrites(run, name, file)
  const plan = await timed(run, 'plan', () => makePlan(project, session, drafts, config, { onProgress: run.ui.progress }))
  ui.show({ type: 'plan', plan })
  return plan
}

async function offerRewrites(run: Run, name: string, file: string): Promise<void> {
  const declined = new Set<string>()
  for (;;) {
    const parsed = await run.project.database.parse(readSource(run.project, { name, file }))
    const catalog = await run.project.database.readCatalog(run.session.connection)
    const suggestion = suggestRenames([parsed], catalog).find((one) => !declined.has(one.description))
    if (suggestion === undefined) return
    if (await run.ui.confirmRewrite({ ...suggestion, file: path.relative(run.project.root, file) })) writeFileSync(file, suggestion.after)
    else declined.add(suggestion.description)
  }
}

async function settleDrafts(run: Run, drafts: readonly Migration[], plan: Plan): Promise<string[]> {
  const next: string[] = []
  for (const { name, file } of drafts) {
    if (file === null) continue
    if (run.ui.interactive && (await run.ui.chooseDraft(name)) === 'remove') {
      rmSync(path.dirname(file), { recursive: true })
      next.push(`The draft ${name} was removed; the schema still asks for the change.`)
    } else next.push(`The draft ${path.relative(run.project.root, file)} is still there: edit it, then run safe-migrate dev again.`)
  }
  return [...next, ...adviseBlocked(plan)]
}

/** Runs `prisma migrate dev`, which only writes; where the schema has not changed it must not be asked for an empty migration. */
async function draft(run: Run, { passedOn }: DevOptions, isInSync: boolean): Promise<PrismaRun> {
  const { project, ui, journal } = run
  const words = ['migrate', 'dev', ...(isInSync ? [] : ['--create-only']), ...passedOn]
  ui.show({ type: 'prisma-started', words: ['prisma', ...words] })
  const prisma = await timed(run, 'draft', () =>
    runPrisma(project, [...words, ...fileOptions(project)], { show: ui.prismaOutput, onStart: (pid) => recordPrisma(journal, pid) }),
  )
  ui.show({ type: 'prisma-ended', exitCode: prisma.exitCode, seconds: run.seconds.draft ?? 0 })
  return prisma
}

/** Whether the database already is what the schema says, so that there is nothing to draft. Reads only. */
async function hasNoSchemaChange({ project }: Run): Promise<boolean> {
  const sides =
    project.prisma.major >= 7
      ? [
          '--from-config-datasource',
          '--to-schema',
          project.schemaPath,
          ...(project.configPath === null ? [] : ['--config', project.configPath]),
        ]
      : ['--from-schema-datasource', project.schemaPath, '--to-schema-datamodel', project.schemaPath]
  return (await runPrisma(project, ['migrate', 'diff', ...sides, '--exit-code'], { show: 'nothing' })).exitCode === 0
}

/** Changes when anything was applied, reset or resolved. Cheap: the history and the identities of all tables. */
async function databaseState({ project, session }: Run): Promise<string> {
  const rows = await project.database.readMigrationRows(session.connection)
  const { tables } = await project.database.readCatalog(session.connection)
  return JSON.stringify([rows, tables.map(({ id, schema, name, columns }) => [id, schema, name, columns])])
}

async function discard(run: Run, protection: Protection | null): Promise<void> {
  if (protection !== null) await removeSnapshot(snapshotContext(run), run.store, protection.snapshot)
}

// `prisma migrate dev` of Prisma 6 generates the client at its end; `deploy`, which applied the draft here, does not.
async function generateClient(run: Run, { passedOn, project }: DevOptions): Promise<void> {
  if (project.prisma.major >= 7 || passedOn.includes('--skip-generate')) return
  const generated = await runPrisma(project, ['generate', '--schema', project.schemaPath], { show: run.ui.prismaOutput })
  if (generated.exitCode !== 0)
    run.ui.show({ type: 'notice', message: 'The migration was applied; `prisma generate` failed.', next: ['npx prisma generate'] })
}

// Nothing exists yet, so nothing can be lost: Prisma creates, drafts and applies by itself.
async function createDatabase(options: DevOptions): Promise<RunReport> {
  const { project, ui } = options
  ui.show({ type: 'snapshot-needless', why: `${project.target.label} does not exist yet: nothing to lose, so no snapshot.` })
  const words = ['migrate', 'dev', ...(options.createOnly ? ['--create-only'] : []), ...options.passedOn]
  const prisma = await withRunLock(options, () => runPrisma(project, [...words, ...fileOptions(project)], { show: ui.prismaOutput }))
  if (prisma.exitCode !== 0) throw prismaStopped(prisma)
  return emptyReport(options, 'dev', options.createOnly ? 'drafted' : 'applied')
}

function prismaStopped({ exitCode, errorCode, signal }: PrismaRun): SafeMigrateError {
  return new SafeMigrateError({
    code: 'prisma',
    message: `prisma migrate dev stopped ${signal === null ? `with exit code ${exitCode}` : `at ${signal}`}${errorCode === null ? '' : ` (${errorCode})`}.`,
    next: ['Read Prisma’s own message above. To see where the database stands: safe-migrate status'],
  })
}
