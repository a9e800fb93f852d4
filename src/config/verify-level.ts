import type { FingerprintOptions } from '../databases/database.js'
import { matchesWildcard } from '../util/wildcard.js'
import type { VerifyLevel, VerifySettings } from './verify.js'

interface TableName {
  readonly schema: string | null
  readonly name: string
}

export function levelOf({ level, tables }: Pick<VerifySettings, 'level' | 'tables'>, { schema, name }: TableName): VerifyLevel {
  const names = schema === null ? [name] : [name, `${schema}.${name}`]
  const found = Object.entries(tables).find(([pattern]) => names.some((one) => matchesWildcard(pattern, one)))
  return found?.[1] ?? level
}

/** How the tables are read for a fingerprint. */
export function readingOf(settings: VerifySettings): Pick<FingerprintOptions, 'levelOf' | 'budget'> {
  const { budget } = settings
  return {
    levelOf: (table) => (levelOf(settings, table) === 'counts' ? 'counts' : 'columns'),
    ...(budget === null ? {} : { budget }),
  }
}
