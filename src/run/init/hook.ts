import { existsSync } from 'node:fs'
import path from 'node:path'
import type { GitSettings } from './git-settings.js'
import type { PackageManager } from './package-manager.js'
import { appendLines, type InitContext, type PlannedFile, planFile } from './planned-file.js'

export const HOOK_COMMAND = 'safe-migrate check --changed'

/**
 * One line in the pre-push hook, where the project has hooks: husky's folder, or the one that git is told to use.
 * @param husky version range in package.json; null when husky is not used
 */
export function planHook(context: InitContext, manager: PackageManager, settings: GitSettings, husky: string | null): PlannedFile {
  const folder = findHooksFolder(context, settings, husky)
  const location = path.join(folder ?? path.join(context.top, '.husky'), 'pre-push')
  const command = manager.run(HOOK_COMMAND)
  const line = context.inside === '' ? command : `(cd "${context.inside}" && ${command})`
  return planFile(context, location, (before) => {
    if (before !== null && /\bsafe-migrate(?:\.js)? check\b|\bdb:check\b/.test(before)) return { after: before }
    if (folder === null)
      return {
        after: null,
        notes: [`No git hook: ${manager.addDev('husky')}, then npx husky init, then safe-migrate init again. The line is: ${line}`],
      }
    if (before !== null && /^\s*(?:exit|exec)\b.*\s*$/.test(before.trimEnd().split('\n').at(-1) ?? ''))
      return { after: null, notes: [`The hook ends with exit or exec; put this line above it: ${line}`] }
    return { after: appendLines(before ?? header(folder, husky), [line]), executable: true }
  })
}

function findHooksFolder({ root, top }: InitContext, { hooksPath }: GitSettings, husky: string | null): string | null {
  // Husky 9 sets core.hooksPath to .husky/_, where it keeps its own; the user's hooks are in .husky.
  if (hooksPath !== null) return path.basename(hooksPath) === '_' ? path.dirname(hooksPath) : hooksPath
  const existing = [...new Set([top, root])].map((folder) => path.join(folder, '.husky')).find((folder) => existsSync(folder))
  return existing ?? (husky === null ? null : path.join(top, '.husky'))
}

/** Hooks of husky 9 are plain lines; before that, and without husky, they are scripts. */
function header(folder: string, husky: string | null): string | null {
  const major = Number(/\d+/.exec(husky ?? '')?.[0] ?? Number.NaN)
  const isHusky = path.basename(folder) === '.husky'
  if (isHusky && !(major < 9)) return null
  return `#!/usr/bin/env sh\n${isHusky ? '. "$(dirname -- "$0")/_/husky.sh"\n' : ''}\n`
}
