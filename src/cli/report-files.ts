import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, SafeMigrateError } from '../errors.js'
import { type ReportFormat, reporters } from '../reporters/index.js'
import type { Report } from '../run/report.js'
import { tell } from './screen.js'

/** A file that the report is to be written to (`--report`). */
export interface ReportFile {
  /** Absolute. */
  readonly file: string
  readonly format: ReportFormat
}

const FORMATS: Readonly<Record<string, ReportFormat>> = { '.html': 'html', '.md': 'markdown', '.json': 'json' }

/**
 * Finds out, before anything is changed, that every file can be written; makes their folders. A report of an earlier run is taken away, as it
 * would pass for the one of this run if this is killed.
 * @throws SafeMigrateError `usage`
 */
export async function openReportFiles(names: readonly string[], cwd: string): Promise<readonly ReportFile[]> {
  const files = [...new Set(names)].map((name) => ({ file: path.resolve(cwd, name), format: formatOf(name) }))
  for (const { file } of files) await tryFile(file)
  for (const { file } of files) await rm(file, { force: true })
  return files
}

function formatOf(name: string): ReportFormat {
  const format = FORMATS[path.extname(name).toLowerCase()]
  if (format !== undefined) return format
  throw new SafeMigrateError({
    code: 'usage',
    message: `--report ${name}: the format is not known from its name.`,
    why: 'Nothing was changed.',
    next: ['Name a file that ends with .html, .md or .json.'],
  })
}

async function tryFile(file: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    if ((await stat(file).catch(() => null))?.isDirectory()) throw new Error('it is a folder')
    const beside = nameBeside(file)
    await (await open(beside, 'wx')).close()
    await rm(beside)
  } catch (error) {
    throw new SafeMigrateError({
      code: 'usage',
      message: `The report cannot be written to ${file}: ${messageOf(error)}.`,
      why: 'It is tried before anything is changed, so nothing was.',
      next: ['Name a file in a folder that you may write to: --report <file>.html'],
      cause: error,
    })
  }
}

/** Whole, or not at all. That one cannot be written any more is told, and does not change what the run came to. */
export async function writeReportFiles(files: readonly ReportFile[], report: Report): Promise<void> {
  for (const { file, format } of files) {
    try {
      await writeWhole(file, `${(await reporters[format]())(report).trimEnd()}\n`)
    } catch (error) {
      tell(`▲ The report could not be written to ${file}: ${messageOf(error)}`)
    }
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const beside = nameBeside(file)
  try {
    const handle = await open(beside, 'wx')
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

function nameBeside(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(4).toString('hex')}`)
}
