import { Secret } from '../../util/secret.js'
import type { Target } from '../database.js'
import type { RehearsalTools } from '../rehearsal.js'
import { findReach } from './find-reach.js'
import { watchMigrations } from './watch-migrations.js'

/** Prisma takes no lock of its own here, and one on the file would keep everybody from writing. */
export const rehearsalTools: RehearsalTools = {
  copyUrl,
  // The statistics are tables of the file.
  prepare: async () => {},
  hold: async () => ({ isAwaited: async () => false, release: async () => {} }),
  watch: watchMigrations,
  findReach,
}

function copyUrl(target: Target): Secret {
  const [, ...parameters] = target.url.reveal().split('?')
  return new Secret([`file:${target.name}`, ...parameters].join('?'))
}
