import type { Connection, FingerprintOptions } from '../databases/database.js'
import type { Fingerprint } from '../databases/fingerprint.js'
import type { SnapshotContext } from './snapshot.js'

/** The fingerprint of what a snapshot shows, read as closely as the configuration says, and what else is to be read at that moment. */
export async function takeFingerprint(
  context: Pick<SnapshotContext, 'project' | 'onProgress' | 'onFingerprint' | 'reading'>,
  connection: Connection,
  options: Pick<FingerprintOptions, 'moment' | 'rowsIn' | 'onProgress'> = {},
): Promise<Fingerprint> {
  const reading = { onProgress: context.onProgress, ...context.reading, ...options }
  const fingerprint = await context.project.database.fingerprint(connection, reading)
  await context.onFingerprint?.(connection)
  return fingerprint
}
