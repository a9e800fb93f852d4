import { SafeMigrateError } from '../../errors.js'
import type { SnapshotEngine } from '../snapshot.js'
import { command } from './command.js'
import { copy } from './copy.js'
import { json } from './json.js'
import { pgDump } from './pg-dump.js'
import { pgTemplate } from './pg-template.js'
import { sqliteBackup } from './sqlite-backup.js'

/** Every engine, in the order in which equals are preferred. */
export const engines: readonly SnapshotEngine[] = [pgTemplate, pgDump, copy, sqliteBackup, command, json]

/** @throws SafeMigrateError `snapshot` when this version has no such engine */
export function findEngine(id: string): SnapshotEngine {
  const engine = engines.find((candidate) => candidate.id === id)
  if (engine) return engine
  throw new SafeMigrateError({
    code: 'snapshot',
    message: `This snapshot was taken by the engine "${id}", which this version of safe-migrate does not have.`,
    next: ['Update safe-migrate: npm install safe-migrate@latest'],
  })
}
