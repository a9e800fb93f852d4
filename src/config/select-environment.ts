import path from 'node:path'
import type { Target } from '../databases/database.js'
import { SafeMigrateError } from '../errors.js'
import { suggestNearest } from '../util/nearest.js'
import { matchesWildcard } from '../util/wildcard.js'
import type { Config } from './schema.js'

/** The settings that hold for one database: those of its environment over the general ones. */
export type Settings = Config & {
  /** Name of the environment; null when none is configured for it. */
  readonly environment: string | null
  /** The environment that says `protected` of this database, whichever was chosen by name; null when none does. */
  readonly protectedBy: string | null
}

type EnvironmentConfig = Config['environments'][string]
type Where = Pick<Target, 'host' | 'name'>

export interface Selection {
  /** `--environment`; it wins over SAFE_MIGRATE_ENVIRONMENT. */
  readonly name?: string
  readonly variables?: Readonly<Record<string, string | undefined>>
}

/**
 * Chooses the environment: by name, else the first that matches the target. Another name does not take away the protection of an
 * environment that matches.
 * @param target null where there is no connection URL: only the name and the variables count then
 * @throws SafeMigrateError `usage` for a name that is not configured
 */
export function selectEnvironment(config: Config, target: Where | null, { name, variables = {} }: Selection = {}): Settings {
  const { environments, ...general } = config
  const wanted = name ?? (variables.SAFE_MIGRATE_ENVIRONMENT || undefined)
  if (wanted !== undefined && !Object.hasOwn(environments, wanted)) throw unknownEnvironment(wanted, Object.keys(environments))
  const matching = Object.keys(environments).filter((one) => matches(environments[one], target, variables))
  const chosen = wanted ?? matching[0] ?? null
  const protectedBy = [...(chosen === null ? [] : [chosen]), ...matching].find((one) => environments[one]?.protected === true)
  return {
    ...config,
    ...(chosen === null ? {} : override(general, environments[chosen])),
    environment: chosen,
    protectedBy: protectedBy ?? null,
  }
}

/** Everything that it names must be so; one that names nothing is for choosing by name. */
function matches(environment: EnvironmentConfig | undefined, target: Where | null, variables: Selection['variables'] = {}): boolean {
  if (environment === undefined) return false
  const { hosts, databases, variables: wanted } = environment
  if (hosts === undefined && databases === undefined && wanted === undefined) return false
  if (target === null && (hosts !== undefined || databases !== undefined)) return false
  const host = target?.host ?? 'localhost'
  const names = target === null ? [] : [target.name, path.basename(target.name)]
  return (
    (hosts === undefined || hosts.some((pattern) => matchesWildcard(pattern, host, true))) &&
    (databases === undefined || databases.some((pattern) => names.some((name) => matchesWildcard(pattern, name)))) &&
    Object.entries(wanted ?? {}).every(([variable, value]) => variables[variable] === value)
  )
}

function override(general: Omit<Config, 'environments'>, environment: EnvironmentConfig | undefined): Partial<Config> {
  if (environment === undefined) return {}
  const { hosts: _hosts, databases: _databases, variables: _variables, protected: _protected, rules, protect, ...others } = environment
  const { invariants, criticalModels, ...rest } = others
  return {
    ...rest,
    rules: { ...general.rules, ...rules },
    invariants: [...general.invariants.filter(({ name }) => !invariants.some((one) => one.name === name)), ...invariants],
    criticalModels: [...new Set([...general.criticalModels, ...criticalModels])],
    protect: { tables: [...general.protect.tables, ...protect.tables], columns: [...general.protect.columns, ...protect.columns] },
  }
}

function unknownEnvironment(name: string, known: readonly string[]): SafeMigrateError {
  return new SafeMigrateError({
    code: 'usage',
    message: `There is no environment "${name}" in the configuration${suggestNearest(name, known) || '.'}`,
    next: [known.length > 0 ? `Configured: ${known.join(', ')}.` : 'Configure it under `environments` in safe-migrate.config.ts.'],
  })
}
