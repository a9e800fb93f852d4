import type { MigrationStatus } from '../run/report.js'
import type { Found, ResolvedMigration } from '../run/resolve-report.js'

/** What is said of a migration's state; nothing of one that is as it should be. */
export const STATE_WORDS: Readonly<Record<MigrationStatus['state'], string>> = {
  applied: '',
  pending: 'pending',
  failed: 'failed',
  rolledBack: 'rolled back, pending again',
  running: 'being applied right now',
  begun: 'begun, and no end of it is recorded',
}

/** Its state, and what is odd about its file. */
export function notesOf({ state, editedAfterApply, missingOnDisk }: Pick<MigrationStatus, 'state' | 'editedAfterApply' | 'missingOnDisk'>) {
  return [
    STATE_WORDS[state],
    editedAfterApply ? 'edited after it was applied' : '',
    missingOnDisk ? 'missing in the migrations folder' : '',
  ].filter((note) => note !== '')
}

/** How much of a migration is in the database. */
export const FOUND_WORDS: Readonly<Record<Found, string>> = {
  nothing: 'None of its statements took effect.',
  everything: 'Everything that it does is there.',
  'half-way': 'It is half-way: a part of it is there.',
  unknown: 'How much of it is there cannot be told, and is not guessed.',
}

/** Whether a statement took effect. */
export const EFFECT_WORDS = { yes: 'took effect', no: 'did not', unknown: 'unknown' } as const

/** What `resolve` did about a migration; nothing where a person must decide. */
export const DONE_WORDS: Readonly<Record<ResolvedMigration['done'], string>> = {
  applied: 'marked as applied',
  'rolled-back': 'marked as rolled back',
  restored: 'the database was restored',
  none: '',
}

/** What the statements were compared with. */
export function describeCompared(comparedWith: string | null): string {
  return comparedWith === null
    ? 'Told from the schema of now alone: there is no snapshot from before.'
    : `Compared with the snapshot ${comparedWith}.`
}
