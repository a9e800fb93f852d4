import type { Catalog } from '../databases/catalog.js'
import type { ParsedSql } from '../databases/database.js'
import type { Change } from '../sql/change.js'
import type { SqlSource } from '../sql/statement.js'
import { applyChange } from './apply-change.js'
import { makeContext } from './judge-context.js'
import { suggestColumnRename } from './rename-column.js'
import { suggestRebuildRenames } from './rename-in-rebuild.js'
import { suggestTableRename } from './rename-table.js'
import { createState, startFile } from './schema-state.js'

/** A rewrite of one migration that keeps what a drop and an add would lose. */
export interface RenameSuggestion {
  readonly source: SqlSource
  /** One sentence, the same as long as the file is not rewritten. */
  readonly description: string
  /** The whole file. */
  readonly before: string
  /** The whole file with this one rename in it. Leaves the same schema. */
  readonly after: string
}

/**
 * Finds drops and adds that look like renames. Each suggestion stands for itself: after one was taken, ask again.
 * Without a catalog, or what earlier files say, the old columns' types are not known, and nothing is suggested that depends on them.
 */
export function suggestRenames(parsed: readonly ParsedSql[], catalog: Catalog | null = null): readonly RenameSuggestion[] {
  const [first] = parsed
  if (first === undefined) return []
  const state = createState(first.dialect, catalog)
  const suggestions: RenameSuggestion[] = []
  const all: readonly Change[] = parsed.flatMap((file) => file.changes)
  let position = 0
  for (const file of parsed) {
    startFile(state)
    for (const change of file.changes) {
      const context = makeContext(state, file.changes, all, position)
      const drafts = [
        suggestColumnRename(change, file, context),
        suggestTableRename(change, file, context),
        ...suggestRebuildRenames(change, file, context),
      ]
      const found = drafts.filter((draft) => draft !== null)
      suggestions.push(...found.map((draft) => ({ source: file.source, before: file.source.sql, ...draft })))
      applyChange(state, change)
      position++
    }
  }
  return suggestions
}
