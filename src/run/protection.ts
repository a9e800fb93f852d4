import type { Settings } from '../config/select-environment.js'
import type { Connection } from '../databases/database.js'
import type { ProtectionMark } from '../databases/protection.js'
import type { RunOptions } from './run.js'
import { openSession } from './session.js'

/** How a database is known to be protected: by a pattern in the configuration, or by its own mark (`safe-migrate protect`). */
export type TargetProtection =
  | { readonly source: 'configuration'; readonly environment: string }
  | ({ readonly source: 'mark' } & ProtectionMark)

/** Null when nothing protects the project's database. */
export async function readProtection({ project, config }: Pick<RunOptions, 'project' | 'config'>): Promise<TargetProtection | null> {
  const { database, target } = project
  if (!(await database.exists(target))) return findProtection(config, null)
  const session = await openSession(database, target)
  try {
    return await findProtection(config, session.connection)
  } finally {
    await session.close()
  }
}

/** @param connection to the target; null where there is none: only the configuration can tell then */
export async function findProtection(
  { protectedBy }: Pick<Settings, 'protectedBy'>,
  connection: Connection | null,
): Promise<TargetProtection | null> {
  const mark = connection === null ? null : await connection.database.protection.read(connection)
  if (mark !== null) return { source: 'mark', ...mark }
  return protectedBy === null ? null : { source: 'configuration', environment: protectedBy }
}

/** For people, after "it is". */
export function describeProtection(protection: TargetProtection): string {
  if (protection.source === 'configuration') return `protected by the configuration (environments.${protection.environment})`
  const since = protection.at === '' ? '' : ` since ${protection.at.slice(0, 10)}`
  return `protected${since} by ${protection.by}${protection.reason === null ? '' : `: ${protection.reason}`}`
}
