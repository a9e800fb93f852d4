import { type FileHandle, open } from 'node:fs/promises'
import { platform } from 'node:os'
import { resolve } from 'node:path'
import { messageOf, SafeMigrateError } from '../../errors.js'
import { Secret } from '../../util/secret.js'

/** Far more than any passphrase or list of identities: a wrong path must not fill the memory. */
const MOST_BYTES = 1 << 20
const OTHERS = 0o077

/** @param setting name below `encryption` @throws SafeMigrateError `config` when it is not set or empty */
export function readSecretVariable(name: string, setting: string): Secret {
  const value = process.env[name]?.trim()
  if (value !== undefined && value !== '') return new Secret(value)
  throw new SafeMigrateError({
    code: 'config',
    message: `The environment variable ${name}, which encryption.${setting} names, is ${value === undefined ? 'not set' : 'empty'}.`,
    why: 'Without it snapshots can be neither encrypted nor opened. Nothing was done.',
    next: [`Set ${name} where safe-migrate runs, or name another variable or a file in the configuration.`],
  })
}

/** The whole text without white space around it. @param setting name below `encryption` @throws SafeMigrateError `config` */
export async function readSecretFile(root: string, path: string, setting: string): Promise<Secret> {
  const file = resolve(root, path)
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw unusable(file, setting, `It cannot be read: ${messageOf(error)}`, `Make it, with chmod 600: ${file}`)
  })
  try {
    return new Secret(await readPrivately(handle, file, setting))
  } finally {
    await handle.close()
  }
}

async function readPrivately(handle: FileHandle, file: string, setting: string): Promise<string> {
  const { size, mode } = await handle.stat()
  if (platform() !== 'win32' && (mode & OTHERS) !== 0)
    throw unusable(file, setting, 'Others than its owner may read or write it.', `Take that away: chmod 600 ${file}`)
  if (size > MOST_BYTES) throw unusable(file, setting, 'It is far too long for that.', 'Name the right file.')
  const text = await handle.readFile('utf8').catch((error: unknown) => {
    throw unusable(file, setting, `It cannot be read: ${messageOf(error)}`, 'Name a file.')
  })
  if (text.trim() === '') throw unusable(file, setting, 'It is empty.', 'Write it, or name another one.')
  return text.trim()
}

function unusable(file: string, setting: string, why: string, next: string): SafeMigrateError {
  return new SafeMigrateError({
    code: 'config',
    message: `${file}, which encryption.${setting} names, cannot be used.`,
    why: `${why} Nothing was done.`,
    next: [next],
  })
}
