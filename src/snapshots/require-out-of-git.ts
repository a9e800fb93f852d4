import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { type GitView, readGitView } from '../project/git-view.js'

const SHOWN = 3
/** A file as it will lie in the store. */
const EXAMPLE = path.join('.partial-20260101t000000000z-shop', 'snapshot', 'data')

/** @throws SafeMigrateError `snapshot` when git tracks what is in the folder */
export function requireUntracked(folder: string): void {
  const view = readGitView(folder, EXAMPLE)
  if (view.state === 'tracked') throw refuse(folder, view)
}

/** To be called when the folder with its .gitignore is there. @throws SafeMigrateError `snapshot` when git would pick up what is written there */
export function requireIgnored(folder: string): void {
  const view = readGitView(folder, EXAMPLE)
  if (view.state === 'tracked' || view.state === 'unignored') throw refuse(folder, view)
}

function refuse(folder: string, { state, tracked, repository }: GitView): SafeMigrateError {
  const from = repository ?? folder
  const inside = path.relative(from, folder).split(path.sep).join('/')
  const why = 'A snapshot holds all of your data: it would get into the repository, and stay in its history. Nothing was written.'
  if (state === 'tracked') {
    const more = tracked.length > SHOWN ? ` and ${tracked.length - SHOWN} more` : ''
    return new SafeMigrateError({
      code: 'snapshot',
      message: `git tracks files in the snapshot folder ${folder}: ${tracked.slice(0, SHOWN).join(', ')}${more}.`,
      why,
      next: [
        `Have git forget them; they stay on disk: git -C '${from}' rm -r --cached '${inside}'`,
        'If they were pushed, their data is in the history: see git filter-repo.',
        'Or name another folder in the configuration (directory).',
      ],
    })
  }
  return new SafeMigrateError({
    code: 'snapshot',
    message: `git does not ignore the snapshot folder ${folder}.`,
    why,
    next: [
      `Add a line to ${path.join(from, '.gitignore')}: /${inside}/`,
      `And look at ${path.join(folder, '.gitignore')}: it should hold a single *`,
    ],
  })
}
