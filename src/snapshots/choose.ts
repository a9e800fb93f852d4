import { SafeMigrateError } from '../errors.js'
import { engines } from './engines/index.js'
import type { Availability, SnapshotContext, SnapshotEngine, SnapshotPurpose } from './snapshot.js'

export interface EngineChoice {
  readonly engine: SnapshotEngine
  /** For people: what it does here, and why it was taken rather than others. */
  readonly why: string
  readonly rejected: readonly { readonly id: string; readonly why: string }[]
}

interface Candidate extends Availability {
  readonly engine: SnapshotEngine
}

/**
 * Chooses the engine for this database and purpose. Engines are asked in the order of their list; the first that fits best is taken.
 * @param preferred engine id, or `auto`
 * @throws SafeMigrateError `snapshot` when none can be used (each with its reason), `usage` for an unknown id
 */
export async function chooseEngine(context: SnapshotContext, purpose: SnapshotPurpose, preferred = 'auto'): Promise<EngineChoice> {
  const possible = engines.filter((engine) => engine.databases.includes(context.project.database.id))
  const wanted =
    preferred === 'auto'
      ? possible.filter((engine) => engine.isOffered?.(context) ?? true)
      : possible.filter((engine) => engine.id === preferred)
  if (wanted.length === 0) throw unknownEngine(context, preferred, possible)
  const candidates: Candidate[] = []
  for (const engine of wanted)
    candidates.push({ engine, ...(refuseOutside(context, engine) ?? (await engine.checkAvailability(context, purpose))) })
  const available = candidates.filter((candidate) => candidate.available)
  const chosen = available.find((candidate) => candidate.fit !== 'fallback') ?? available[0]
  if (!chosen) throw noEngine(context, candidates)
  return { engine: chosen.engine, why: explain(chosen, candidates, preferred), rejected: rejectedOf(chosen, candidates) }
}

/** Data on the server would be readable there, whatever becomes of the snapshot's folder, and would not be copied with it. */
function refuseOutside({ encryption, storage }: SnapshotContext, engine: SnapshotEngine): Availability | null {
  if (engine.outside !== 'all' || (encryption === null && storage === null)) return null
  const [what, setting] = encryption !== null ? ['encrypt it', 'encryption'] : ['copy it elsewhere', 'storage']
  return {
    available: false,
    why: `${engine.id} leaves its copy on the server, where safe-migrate cannot ${what}, and the configuration says ${setting}`,
    next: [`Name another engine than ${engine.id}, or auto; or take ${setting} out of the configuration`],
  }
}

function explain(chosen: Candidate, candidates: readonly Candidate[], preferred: string): string {
  if (preferred !== 'auto') return `${chosen.why}; asked for`
  const others = candidates.filter((candidate) => candidate !== chosen)
  const [equal] = others.filter((candidate) => candidate.available && candidate.fit !== 'fallback')
  if (equal && chosen.fit !== 'fallback') return `${chosen.why}; ${equal.engine.id} could do it too, ${chosen.engine.id} comes first`
  const isSecond = chosen.fit === 'fallback' || chosen.fit === 'substitute'
  const better = chosen.fit === 'substitute' ? candidates.slice(0, candidates.indexOf(chosen)) : others
  const because = better.filter((candidate) => !candidate.available).map((candidate) => `${candidate.engine.id} not: ${candidate.why}`)
  return [chosen.why, ...(isSecond ? because : [])].join('; ')
}

function rejectedOf(chosen: Candidate, candidates: readonly Candidate[]): EngineChoice['rejected'] {
  return candidates
    .filter((candidate) => candidate !== chosen)
    .map(({ engine, available, why }) => ({
      id: engine.id,
      why: available ? `possible, but ${chosen.engine.id} is better here (${why})` : why,
    }))
}

function unknownEngine(context: SnapshotContext, preferred: string, possible: readonly SnapshotEngine[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `There is no snapshot engine "${preferred}" for ${context.project.database.name}.`,
    next: [`Use one of: auto, ${possible.map((engine) => engine.id).join(', ')}`],
  })
}

function noEngine(context: SnapshotContext, candidates: readonly Candidate[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'snapshot',
    message: `No snapshot of ${context.project.target.label} can be taken.`,
    why: candidates.map((candidate) => `${candidate.engine.id}: ${candidate.why}`).join('\n'),
    next: candidates.flatMap((candidate) => candidate.next ?? []),
  })
}
