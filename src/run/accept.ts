import type { Settings } from '../config/select-environment.js'
import type { ParsedSql } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { readAcceptanceFile, writeAcceptanceFile } from '../findings/acceptance-file.js'
import { fullName, isNamedBy, readPath } from '../findings/object-path.js'
import type { RecordedAcceptance } from '../findings/parse-acceptance-file.js'
import { recordAcceptance } from '../findings/recorded-acceptance.js'
import type { Project } from '../project/project.js'
import type { LocatedProject } from '../project/resolve-project.js'
import type { Finding } from '../rules/finding.js'
import { isBlocking } from '../rules/is-blocking.js'
import type { RunInterface } from './interface.js'
import { judgeForAcceptance } from './judge-for-acceptance.js'
import type { AcceptReport } from './report.js'

export interface AcceptOptions {
  readonly located: LocatedProject
  readonly config: Settings
  /** Null: the files are judged without the database. */
  readonly live: Project | null
  readonly ui: RunInterface
  /** Names of migrations; the pending ones when empty, without a database all of them. */
  readonly migrations: readonly string[]
  /** Which findings are accepted without asking; null: ask for each. */
  readonly choice: { readonly rule: string | null; readonly objects: readonly string[] } | null
  readonly reason: string | null
  readonly acceptedBy: string | null
}

/**
 * Records in `.safe-migrate.json` that a person accepts blocking findings. What is protected is accepted only where somebody can type its name.
 * @throws SafeMigrateError `usage` without a reason or for a choice that is no finding's, `blocked` when nobody can be asked; nothing is recorded then
 */
export async function accept(options: AcceptOptions): Promise<AcceptReport> {
  const { located, choice, reason, ui } = options
  if (choice !== null && (reason === null || reason.trim() === '')) throw noReason()
  if (choice === null && !ui.interactive) throw nobodyToAsk()
  const { findings, parsed, measured } = await judgeForAcceptance(options)
  const open = findings.filter(isBlocking)
  const chosen = choice === null ? open : choose(open, choice, parsed)
  const words = { acceptedAt: new Date().toISOString(), ...(options.acceptedBy === null ? {} : { acceptedBy: options.acceptedBy }) }
  const added = new Map<Finding, RecordedAcceptance>()
  for (const [index, finding] of chosen.entries()) {
    const why = await askReason(options, finding, chosen.length - index)
    if (why !== null) added.set(finding, recordAcceptance(finding, parsed, { ...words, reason: why }))
  }
  const { file, acceptances } = await readAcceptanceFile(located.migrationsDir, located.root)
  if (added.size > 0) await writeAcceptanceFile(located.migrationsDir, [...acceptances, ...added.values()])
  return {
    report: 'accept',
    formatVersion: 1,
    command: 'accept',
    exitCode: open.length > 0 && added.size === 0 ? 1 : 0,
    file,
    measured,
    added: [...added.values()],
    removed: [],
    recorded: [],
    open: open.filter((finding) => !added.has(finding)),
  }
}

/** Null: not accepted. */
async function askReason({ choice, reason, ui }: AcceptOptions, finding: Finding, left: number): Promise<string | null> {
  const isProtected = finding.protected !== undefined
  if (choice !== null && !isProtected) return reason
  return ui.interactive ? ui.askAcceptance(finding, { reason, left }) : null
}

function choose(
  open: readonly Finding[],
  { rule, objects }: NonNullable<AcceptOptions['choice']>,
  parsed: readonly ParsedSql[],
): readonly Finding[] {
  const defaultSchema = parsed[0]?.dialect.defaultSchema ?? null
  const isNamed = (object: Finding['objects'][number]) =>
    objects.some((name) => name !== '' && isNamedBy(readPath(name) ?? [name], object, (written, own) => written === own, defaultSchema))
  const chosen = open.filter(
    (finding) =>
      (rule === null || finding.rule === rule) && (objects.length === 0 || (finding.objects.length > 0 && finding.objects.every(isNamed))),
  )
  if (chosen.length > 0 || open.length === 0) return chosen
  throw new SafeMigrateError({
    code: 'usage',
    message: 'No finding that stops a run is what you named.',
    why: 'Of a finding that names several objects, each must be named.',
    next: open.map((finding) => describeChoice(finding, defaultSchema)),
  })
}

/** What to type for one finding. */
function describeChoice({ rule, objects }: Finding, defaultSchema: string | null): string {
  const names = objects.map((object) => `'${fullName(object, defaultSchema)}'`).join(' ')
  return `safe-migrate accept --rule ${rule}${names === '' ? '' : ` --object ${names}`} --reason '…'`
}

function noReason(): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: 'An acceptance without a reason does not count.',
    next: ["Add: --reason 'copied to Profile.name in 20260102'"],
  })
}

function nobodyToAsk(): SafeMigrateError {
  return new SafeMigrateError({
    code: 'blocked',
    message: 'Nobody can be asked here which findings are accepted. Nothing was recorded.',
    next: [
      "One rule or object: safe-migrate accept --rule drop-column --object User.name --reason '…'",
      "Everything that stops a run: safe-migrate accept --all --reason '…'",
    ],
  })
}
