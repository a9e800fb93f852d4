import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** A file as init wants it. `after` equals `before` when there is nothing to do. */
export interface PlannedFile {
  /** For people, relative to the project where it lies inside. */
  readonly file: string
  /** Absolute. */
  readonly location: string
  /** Null when there is no such file. */
  readonly before: string | null
  /** Null: it is not to be written; the notes say why. */
  readonly after: string | null
  /** For people: what was left as it is, and what to do about it. */
  readonly notes: readonly string[]
  readonly executable?: boolean
}

/** What every planned file needs to know of the project. */
export interface InitContext {
  /** Folder of the project's package.json. */
  readonly root: string
  /** Root of the git repository; the project's folder outside of one. */
  readonly top: string
  /** From `top` to `root` with `/`; empty when they are the same. */
  readonly inside: string
}

export function planFile(
  { root }: Pick<InitContext, 'root'>,
  location: string,
  change: (before: string | null) => Pick<PlannedFile, 'after' | 'executable'> & { readonly notes?: readonly string[] },
): PlannedFile {
  const before = existsSync(location) ? readFileSync(location, 'utf8') : null
  const relative = path.relative(root, location).split(path.sep).join('/')
  return { file: relative, location, before, notes: [], ...change(before) }
}

/** The line end that a file uses. */
export function lineEndOf(text: string | null): '\n' | '\r\n' {
  return text?.includes('\r\n') ? '\r\n' : '\n'
}

/** Adds lines at the end, in the file's own line ends. */
export function appendLines(text: string | null, lines: readonly string[]): string {
  const end = lineEndOf(text)
  const start = text === null || text === '' || text.endsWith('\n') ? (text ?? '') : text + end
  return start + lines.map((line) => line + end).join('')
}
