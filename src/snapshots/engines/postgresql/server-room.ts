import { statfs } from 'node:fs/promises'
import type { Connection } from '../../../databases/database.js'
import { SafeMigrateError } from '../../../errors.js'
import { formatBytes } from '../../../util/bytes.js'
import type { SnapshotContext } from '../../snapshot.js'

/**
 * A server whose disk is full stops. Where its disk is ours, and we may know the folder, we look first.
 * @throws SafeMigrateError `snapshot`
 */
export async function requireRoomOnServer(
  { project: { target } }: Pick<SnapshotContext, 'project'>,
  connection: Connection,
  bytes: number,
  { why, next }: { readonly why: string; readonly next: readonly string[] },
): Promise<void> {
  if (!target.isLocal) return
  const [row] = await connection.query("SELECT current_setting('data_directory', true) AS folder").catch(() => [])
  const stats = typeof row?.folder === 'string' ? await statfs(row.folder).catch(() => null) : null
  if (stats === null || stats.bavail * stats.bsize > bytes) return
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `There is not enough room on the server's disk for a copy of ${target.label}: it needs ${formatBytes(bytes)}, and ${formatBytes(stats.bavail * stats.bsize)} are free.`,
    why,
    next,
  })
}
