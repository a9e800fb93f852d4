import type { Settings } from '../config/select-environment.js'
import type { Connection } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import { SafeMigrateError } from '../errors.js'
import { isTouched } from '../findings/touched.js'
import { readModels } from '../project/models.js'
import type { Project } from '../project/project.js'
import { type CriticalTable, compareCriticalTables, findCriticalTables } from '../verify/critical-tables.js'
import type { Difference } from '../verify/difference.js'
import { checkInvariants, compareInvariants, describeBroken, type InvariantReading, readInvariants } from '../verify/invariants.js'
import { pairTables } from '../verify/pairs.js'
import type { Expectations } from './plan.js'
import type { Protection } from './protect.js'
import type { InvariantSummary } from './report.js'
import type { Run } from './run.js'

type Asking = Pick<Run, 'project' | 'config' | 'ui'>

/** Whether everything that is to be watched over can be, before anything else is done. @throws SafeMigrateError `config` otherwise */
export async function requireInvariants({ project, config, session }: Run): Promise<void> {
  const { tables } = await project.database.readCatalog(session.connection)
  await findCritical(project, config, tables)
  const [failed] = await checkInvariants(session.connection, config.invariants, config.invariantTimeout)
  if (failed !== undefined) throw notCheckable(failed)
}

/** At the moment of the snapshot. @throws SafeMigrateError `config` when one says nothing */
export async function readInvariantsBefore({ config, ui }: Asking, connection: Connection): Promise<readonly InvariantReading[]> {
  if (config.invariants.length === 0) return []
  ui.progress({ step: 'Checking invariants' })
  const readings = await readInvariants(connection, config.invariants, optionsOf(config))
  const failed = readings.find(({ problem }) => problem !== null)
  if (failed !== undefined) throw notCheckable(failed)
  for (const reading of readings) {
    const broken = describeBroken(reading)
    if (broken !== null)
      ui.show({
        type: 'notice',
        message: `The invariant “${reading.name}” is broken now, before the run: ${broken}. Only more of them count.`,
      })
  }
  return readings
}

/** The invariants that were asked before, also when the configuration has changed since. @param after the fingerprint */
export async function compareInvariantsAfter(
  { project, config, session, ui }: Run,
  { before, invariants }: Protection,
  after: Fingerprint,
  { renames, touched }: Expectations,
): Promise<readonly Difference[]> {
  const critical = await findCritical(project, config, before.tables)
  if (invariants.length > 0) ui.progress({ step: 'Checking invariants' })
  const readings = await readInvariants(session.connection, invariants, optionsOf(config))
  return [
    ...compareInvariants(invariants, readings),
    ...compareCriticalTables(
      critical,
      pairTables(before, after, renames),
      ({ schema, name }) => isTouched(touched, schema, name),
      project.target.schema,
    ),
  ]
}

/** What holds and what does not before anything is done, for `plan`. */
export async function summarizeInvariants(connection: Connection, config: Settings): Promise<readonly InvariantSummary[]> {
  const readings = await readInvariants(connection, config.invariants, optionsOf(config))
  return readings.map((reading) => {
    const { name, problem } = reading
    if (problem !== null) return { name, state: 'not checkable', why: problem }
    const broken = describeBroken(reading)
    return broken === null ? { name, state: 'holds', why: null } : { name, state: 'broken', why: broken }
  })
}

function optionsOf({ invariantTimeout, showValues }: Settings) {
  return { timeout: invariantTimeout, showValues }
}

async function findCritical(project: Project, config: Settings, tables: readonly NamedTable[]): Promise<readonly CriticalTable[]> {
  if (config.criticalModels.length === 0) return []
  const defaultSchema = project.target.schema
  return findCriticalTables(config.criticalModels, { models: await readModels(project.schemaPath), tables, defaultSchema })
}

interface NamedTable {
  readonly schema: string | null
  readonly name: string
}

function notCheckable({ name, problem }: InvariantReading): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: `The invariant “${name}” cannot be checked: ${problem ?? 'it says nothing'}`,
    why: 'Without what it says now nobody could tell afterwards whether it still holds. Nothing was changed.',
    next: [
      'Correct its sql in safe-migrate.config (invariants), or give it longer with invariantTimeout.',
      'One about what the pending migrations make can be added once they are applied.',
    ],
  })
}
