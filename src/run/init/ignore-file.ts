import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { appendLines, type InitContext, type PlannedFile, planFile } from './planned-file.js'

/** Snapshots hold data: they must not get into git. @param directory the configured one, relative to the project */
export function planIgnoreFile(context: InitContext, directory: string): PlannedFile {
  const own = path.join(context.root, '.gitignore')
  const common = path.join(context.top, '.gitignore')
  const location = existsSync(own) || !existsSync(common) ? own : common
  const folder = directory.replace(/^\.\//, '').replace(/\/+$/, '')
  // A pattern with a slash inside counts from the folder of the .gitignore that holds it.
  const fromTop = folder.includes('/') ? [context.inside, folder].filter((part) => part !== '').join('/') : folder
  return planFile(context, location, (before) => {
    const isOutside = path.isAbsolute(folder) || folder.startsWith('..')
    if (isOutside || ignores(own, folder) || ignores(common, fromTop) || ignores(common, [context.inside, folder].join('/')))
      return { after: before }
    const entry = `${location === own ? folder : fromTop}/`
    return { after: appendLines(before, [...(before ? [''] : []), '# Snapshots of the database, by safe-migrate', entry]) }
  })
}

function ignores(file: string, folder: string): boolean {
  if (!existsSync(file)) return false
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .some(
      (line) =>
        line
          .trim()
          .replace(/^(?:\*\*\/|\/)/, '')
          .replace(/\/(?:\*\*?)?$/, '') === folder,
    )
}
