import { SafeMigrateError } from '../errors.js'

/** What to say when a folder in the store may not be read or written; any other error as it is. */
export function explainFolder(folder: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'EACCES' && code !== 'EPERM') return error
  return new SafeMigrateError({
    code: 'snapshot',
    message: `This user may not read or write the snapshot folder ${folder}.`,
    why: 'Perhaps another user made it, such as root in a container.',
    next: [`Make it yours: sudo chown -R "$(id -un)" '${folder}'`, 'Or name another folder in the configuration (directory).'],
    cause: error,
  })
}
