import type { Found } from './resolve-report.js'

export interface StuckMigration {
  readonly name: string
  readonly found: Found
  /** To go back to; null when there is none. */
  readonly snapshot: string | null
  /** Prisma cannot mark it as applied then (P3017). */
  readonly missingOnDisk?: boolean
  /** SQL that must run before it is tried again. */
  readonly leftovers?: readonly string[]
  /** Not recorded as failed, so that only `--applied` is Prisma's to do. */
  readonly isPending?: boolean
  /** The command that applies migrations here. */
  readonly again: string
}

/** For places where the database was not looked at for this. */
export function adviseResolve(name: string): string[] {
  return [`To see which statements of ${name} took effect, and to do what is right about it: safe-migrate resolve`]
}

/**
 * What can be done about a migration that failed or is half-way, the only place that says so. Never what Prisma refuses: `--rolled-back` needs
 * a failed one (P3011, P3012), `--applied` its folder (P3017) and one that is not applied (P3008).
 */
export function adviseWaysOut(stuck: StuckMigration): string[] {
  const { name, found, again, leftovers = [] } = stuck
  if (stuck.isPending === true) return advisePending(stuck)
  const clean = leftovers.map((sql) => `Remove what a statement of it left behind: ${sql}`)
  switch (found) {
    case 'nothing':
      return [
        ...clean,
        `Nothing of ${name} was applied. Mark it: ${mark(name, '--rolled-back')}`,
        stuck.missingOnDisk === true ? `Then: ${again}` : `Fix its migration.sql, then run again: ${again}`,
      ]
    case 'everything':
      return [`Everything that ${name} does is there. Mark it: ${applied(stuck)}`, `Then: ${again}`]
    case 'half-way':
      return [
        ...clean,
        ...(clean.length === 0 ? [] : [`Then, when nothing else of it took effect: ${mark(name, '--rolled-back')}`]),
        ...either(goBack(stuck), `do what is missing of ${name} by hand, then: ${applied(stuck)}`),
      ]
    case 'unknown':
      return [
        ...clean,
        ...either(goBack(stuck), `do by hand what is missing of ${name} (perhaps nothing), then: ${applied(stuck)}`),
        `Only if you are sure that none of its statements took effect: ${mark(name, '--rolled-back')}`,
      ]
  }
}

function advisePending({ name, found, again, leftovers = [] }: StuckMigration): string[] {
  if (found === 'everything') return [`Everything that ${name} does is there already. Mark it: ${mark(name, '--applied')}`]
  if (found === 'half-way')
    return [
      ...leftovers.map((sql) => `Remove what a statement of it left behind: ${sql}`),
      `A part of ${name} is there already, and ${again} would run all of it again: take from its migration.sql what is there, or undo that by hand.`,
      `Or do what is missing of ${name} by hand, then: ${mark(name, '--applied')}`,
    ]
  return [`${name} is pending: ${again} applies it.`]
}

function goBack({ snapshot }: StuckMigration): string | null {
  return snapshot === null ? null : `go back to before it (history included, no resolve needed): safe-migrate restore ${snapshot}`
}

function either(first: string | null, second: string): string[] {
  const sentence = `${second.charAt(0).toUpperCase()}${second.slice(1)}`
  return first === null ? [sentence] : [`Either ${first}`, `Or ${second}`]
}

function applied({ name, missingOnDisk }: StuckMigration): string {
  // Prisma marks nothing that is not there.
  return `${missingOnDisk === true ? `put the folder ${name} back (P3017), and ` : ''}${mark(name, '--applied')}`
}

/** Our way, and the line that it runs. */
function mark(name: string, how: '--applied' | '--rolled-back'): string {
  return `safe-migrate resolve ${name} ${how} (npx prisma migrate resolve ${how} ${name})`
}
