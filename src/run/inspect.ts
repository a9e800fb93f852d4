import type { Connection, ParsedSql } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import { changesNothing, readAtomicity } from '../project/file-atomicity.js'
import { type Migration, readSource } from '../project/history.js'
import type { Project } from '../project/project.js'
import type { Change } from '../sql/change.js'
import { locate } from '../sql/location.js'
import type { Statement } from '../sql/statement.js'
import type { Effect } from './change-effect.js'
import { readEffects } from './effects.js'
import { isReadWhole, rowsOf, viewBefore, viewNow } from './failure.js'
import { type Before, findBefore } from './find-before.js'
import type { FailedMigration } from './report.js'
import type { Found, ResolvedMigration } from './resolve-report.js'
import type { RunOptions } from './run.js'

export type Inspection = Pick<ResolvedMigration, 'found' | 'comparedWith' | 'statements' | 'remaining' | 'leftovers'> & {
  readonly found: Found
  readonly before: Before
}

/** How much of a migration is in the database now: by the snapshot from before and what a run of ours saw, or by the schema of now alone. Reads only. */
export async function inspectMigration(options: RunOptions, connection: Connection, migration: Migration): Promise<Inspection> {
  const { project } = options
  const before = await findBefore(options, migration)
  const comparedWith = before.fingerprint === null ? null : (before.snapshot?.id ?? null)
  const none = { before, comparedWith, remaining: [], leftovers: [] }
  if (migration.file === null) {
    // Only what was seen when it failed can tell.
    const found = before.judged?.leftTraces === 'no' ? 'nothing' : before.judged?.leftTraces === 'yes' ? 'half-way' : 'unknown'
    return { ...none, found, statements: before.judged?.statements ?? [] }
  }
  const parsed = await project.database.parse(readSource(project, { name: migration.name, file: migration.file }))
  const live = await readLive(project, connection, parsed, before.fingerprint)
  const statements = readEffects(parsed, {
    before: before.fingerprint === null ? null : viewBefore(before.fingerprint, live.catalog, parsed),
    after: viewNow(live.catalog, live.fingerprint, parsed),
    rows: (statement) => readRows(parsed, statement, before, live.fingerprint),
  })
  const leftovers = findLeftovers(project, parsed, live)
  const told = settleLast(parsed, statements, migration)
  const found = decide(project, parsed, told, { migration, before, isLeft: leftovers.length > 0 })
  return { ...none, found, statements: told, remaining: findRemaining(parsed, told), leftovers }
}

interface Live {
  readonly catalog: Awaited<ReturnType<Project['database']['readCatalog']>>
  readonly fingerprint: Fingerprint
}

/** The schema of now, and the rows of the tables that the migration writes where they can be compared. */
async function readLive(project: Project, connection: Connection, parsed: ParsedSql, before: Fingerprint | null): Promise<Live> {
  const catalog = await project.database.readCatalog(connection)
  const written = before === null ? [] : parsed.changes.flatMap(writtenBy)
  const levelOf = ({ name }: { readonly name: string }) => (written.includes(name) ? 'columns' : 'counts')
  const fingerprint = await project.database.fingerprint(connection, { levelOf, ...(before === null ? {} : { reference: before }) })
  return { catalog, fingerprint }
}

function writtenBy(change: Change): readonly string[] {
  if (change.kind === 'truncate') return change.tables.map(({ name }) => name)
  return change.kind === 'insert' || change.kind === 'update' || change.kind === 'delete' ? [change.table.name] : []
}

/** What was seen when it failed; or `no` where the rows of every table that the statement writes are those of before. */
function readRows({ changes }: ParsedSql, statement: Statement, { judged, fingerprint }: Before, live: Fingerprint): Effect {
  const { line } = locate(statement.source, statement.start, statement.end)
  const seen = judged?.statements.find((one) => one.line === line)?.effect
  if (seen !== undefined && seen !== 'unknown') return seen
  const own = changes.filter((change) => change.statement === statement)
  const tables = own.flatMap(writtenBy)
  if (fingerprint === null || own.length === 0 || own.some((change) => writtenBy(change).length === 0)) return 'unknown'
  const isSame = tables.every((name) => {
    const [then, now] = [fingerprint, live].map((side) => side.tables.filter((table) => table.name === name))
    if (then?.length !== 1 || now?.length !== 1 || ![...then, ...now].every(isReadWhole)) return false
    return JSON.stringify(then.map(rowsOf)) === JSON.stringify(now.map(rowsOf))
  })
  return isSame ? 'no' : 'unknown'
}

/** The statements of a pattern that is one change are all of it. */
function isEffective({ changes }: Pick<ParsedSql, 'changes'>, index: number): boolean {
  return !changes
    .filter(({ statement, through }) => index >= statement.index && index <= (through ?? statement).index)
    .every(changesNothing)
}

// An error was recorded, so that one of them failed: the only one that may have.
function settleLast(
  parsed: ParsedSql,
  statements: FailedMigration['statements'],
  { state, logs }: Migration,
): FailedMigration['statements'] {
  const open = statements.flatMap(({ effect }, index) => (effect !== 'yes' && isEffective(parsed, index) ? [index] : []))
  const [only] = open
  if (state !== 'failed' || !logs || open.length !== 1 || only === undefined) return statements
  return statements.map((one, index) => (index === only ? { ...one, effect: 'no' as const } : one))
}

interface Circumstances {
  readonly migration: Migration
  readonly before: Before
  readonly isLeft: boolean
}

function decide(
  project: Project,
  parsed: ParsedSql,
  statements: FailedMigration['statements'],
  { migration, before, isLeft }: Circumstances,
): Found {
  const effects = statements.filter((_, index) => isEffective(parsed, index)).map(({ effect }) => effect)
  if (isLeft) return 'half-way'
  if (effects.length === 0) return migration.logs ? 'nothing' : 'unknown'
  if (effects.every((effect) => effect === 'yes')) return 'everything'
  if (effects.every((effect) => effect === 'no')) return 'nothing'
  if (effects.includes('yes')) return effects.includes('no') ? 'half-way' : 'unknown'
  // Some unknown, none seen: what was looked at right after the failure tells, or that a failure undoes all of it.
  if (migration.state !== 'failed' || !migration.logs) return effects[0] === 'no' ? 'nothing' : 'unknown'
  const isWhole = readAtomicity(project, parsed).atomic === 'yes'
  return effects[0] === 'no' || before.judged?.leftTraces === 'no' || isWhole ? 'nothing' : 'unknown'
}

function findRemaining(parsed: ParsedSql, statements: FailedMigration['statements']): ResolvedMigration['remaining'] {
  return statements.flatMap(({ line, effect }, index) => {
    const sql = parsed.statements[index]?.sql
    return effect !== 'yes' && isEffective(parsed, index) && sql !== undefined ? [{ line, sql: `${sql};`, effect }] : []
  })
}

/** Indexes that are there and not finished: the fingerprint, which counts only what works, does not have them. */
function findLeftovers({ database }: Project, { changes }: ParsedSql, { catalog, fingerprint }: Live): readonly string[] {
  const made = changes.flatMap((change) => {
    if (change.refusesTransaction === undefined) return []
    if (change.kind === 'add-unique' && change.name !== null) return [change.name]
    return change.kind === 'create-object' && change.type === 'index' ? [change.name.name] : []
  })
  return catalog.objects
    .filter(({ type, name }) => type === 'index' && made.includes(name) && !fingerprint.objects.some((one) => one.name === name))
    .map(
      ({ schema, name }) => `DROP INDEX ${[schema, name].flatMap((part) => (part === null ? [] : [database.quoteName(part)])).join('.')};`,
    )
}
