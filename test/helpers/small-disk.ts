import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Only root may mount one. */
export const canMountDisks = process.getuid?.() === 0

/** A real one, in memory. */
export function mountDisk(folder: string, megabytes: number): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
}

export function unmountDisk(folder: string): void {
  execFileSync('umount', [folder])
}

/** A folder that may be such a disk. */
export function removeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).dev !== statSync(dirname(folder)).dev) unmountDisk(folder)
  rmSync(folder, { recursive: true, force: true })
}

const FILLER = 'filler'

/** @param left bytes that stay free */
export function fillDisk(folder: string, left = 0): void {
  const file = join(folder, FILLER)
  execFileSync('sh', ['-c', 'dd if=/dev/zero of="$0" bs=4k status=none 2>/dev/null || true', file])
  if (left > 0) execFileSync('truncate', ['-s', `-${left}`, file])
}

export function makeRoom(folder: string): void {
  rmSync(join(folder, FILLER), { force: true })
}
