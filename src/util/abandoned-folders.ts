import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning } from './running-process.js'

/** Name of a folder that belongs to this process: `<prefix><process>-<rest>`. */
export function ownedName(prefix: string, rest: string): string {
  return `${prefix}${process.pid}-${rest}`
}

/** Removes the folders in `parent` that processes made with `ownedName`, and left when they were killed. */
export async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, pid] = name.startsWith(prefix) ? (/^(\d+)-/.exec(name.slice(prefix.length)) ?? []) : []
    if (pid !== undefined && !isRunning(Number(pid), 'node')) await rm(join(parent, name), { recursive: true, force: true })
  }
}
