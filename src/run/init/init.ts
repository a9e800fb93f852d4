import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { LocatedProject } from '../../project/resolve-project.js'
import type { InitFile, InitReport } from '../report.js'
import { planInit } from './plan-init.js'
import type { PlannedFile } from './planned-file.js'

/** Which of the changed files are to be written; null: none, because nobody could be asked. */
export type ChooseFiles = (files: readonly InitFile[]) => Promise<readonly string[] | null>

/**
 * Sets the project up: scripts, hook, configuration, workflows. Writes only what `choose` names; a second time there is nothing to do.
 * @param searchPath the PATH that the cron line takes its programs from
 */
export async function initProject(project: LocatedProject, choose: ChooseFiles, searchPath = ''): Promise<InitReport> {
  const plan = await planInit(project, searchPath)
  const files = plan.files.map(describe)
  const changed = plan.files.filter(isChanged)
  const chosen = changed.length === 0 ? [] : await choose(files)
  const written = changed.filter(({ file }) => chosen?.includes(file) === true)
  for (const file of written) writePlanned(file)
  return {
    report: 'init',
    formatVersion: 1,
    exitCode: chosen === null ? 1 : 0,
    root: project.root,
    files,
    written: written.map(({ file }) => file),
    next: chosen === null ? ['To write them: the same command with --yes'] : plan.next,
  }
}

function isChanged({ before, after }: PlannedFile): boolean {
  return after !== null && after !== before
}

function describe(planned: PlannedFile): InitFile {
  const { file, before, after, notes } = planned
  if (after === null || !isChanged(planned)) return { file, change: after === null ? 'left out' : 'none', diff: '', notes }
  const name = before === null ? '/dev/null' : file
  const diff = createTwoFilesPatch(name, file, before ?? '', after, undefined, undefined, { context: 3, headerOptions: FILE_HEADERS_ONLY })
  return { file, change: before === null ? 'new' : 'changed', diff, notes }
}

function writePlanned({ location, after, executable }: PlannedFile): void {
  if (after === null) return
  mkdirSync(path.dirname(location), { recursive: true })
  writeFileSync(location, after)
  if (executable === true) chmodSync(location, statSync(location).mode | 0o111)
}
