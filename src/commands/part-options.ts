import { SafeMigrateError } from '../errors.js'
import type { PartRequest } from '../snapshots/parts/build-parts.js'
import { PART_MODES, type PartMode } from '../snapshots/parts/part.js'
import { type CommandContext, textOption } from './command.js'

/** How rows that are there are found again. */
export function readKeys(context: CommandContext): PartRequest['keys'] {
  return readList('--key', textOption(context, 'key')).map(readKey)
}

/** @param fallback when none is given */
export function readMode(text: string | undefined, fallback: PartMode): PartMode {
  return PART_MODES.find((mode) => mode === text) ?? fallback
}

export function readList(option: string, text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (words.length === 0) throw usage(`${option} names nothing.`)
  return words
}

function readKey(text: string): PartRequest['keys'][number] {
  const at = text.indexOf('=')
  const table = at === -1 ? null : text.slice(0, at).trim()
  const columns = text
    .slice(at + 1)
    .split('+')
    .map((word) => word.trim())
  if (table === '' || columns.includes(''))
    throw usage(`--key ${text} is not understood.`, ['Write slug, User=email, or Post=blogId+slug.'])
  return { table, columns }
}

function usage(message: string, next: readonly string[] = []): SafeMigrateError {
  return new SafeMigrateError({ code: 'usage', message, next })
}
