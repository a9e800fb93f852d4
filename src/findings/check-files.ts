import path from 'node:path'
import type { Database, ParsedSql } from '../databases/database.js'
import type { Delivery } from '../project/atomicity.js'
import type { Finding, ObjectRef } from '../rules/finding.js'
import type { SqlSource } from '../sql/statement.js'
import { applyAcceptances } from './acceptance.js'
import type { AcceptanceFile } from './acceptance-file.js'
import type { AcceptanceProblem } from './acceptance-problem.js'
import { analyseWith, followFile } from './analyse.js'
import { type RuleLevels, withLevels } from './levels.js'
import { findProtectionProblems, namedObjects, PROTECT_NOTHING, type Protect, withProtection } from './protection.js'
import { createState, type SchemaState, settleState } from './schema-state.js'

export interface CheckOptions {
  /** Earlier migrations of the same folder, in order: not judged, but they tell what the tables look like. */
  readonly history?: readonly SqlSource[]
  /** Which of the sources are judged; the others are read as `history` is. All when left out. */
  readonly isJudged?: (source: SqlSource) => boolean
  /** What the configuration sets. */
  readonly levels?: RuleLevels
  readonly protect?: Protect
  /** What was accepted with `safe-migrate accept`, beside the migration. */
  readonly recorded?: (source: SqlSource) => Promise<AcceptanceFile | null>
  /** How the project's Prisma sends the files. */
  readonly delivery?: Delivery
  /** These are all migrations of a project, so that a protected name that none of them has is a misspelt one. */
  readonly isWhole?: boolean
}

export interface CheckedFiles {
  readonly findings: readonly Finding[]
  readonly problems: readonly AcceptanceProblem[]
  /** Those that were judged. */
  readonly files: readonly ParsedSql[]
}

/**
 * Judges files without a database: each by itself, as if every table were full, with what the files before it in the same folder have made
 * of the schema. A drop of what the same file created is no finding; a drop of what an earlier file created is.
 */
export async function checkFiles(
  sources: readonly SqlSource[],
  database: Pick<Database, 'parse'>,
  options: CheckOptions = {},
): Promise<CheckedFiles> {
  const {
    history = [],
    levels = {},
    protect = PROTECT_NOTHING,
    recorded = async () => null,
    isWhole = false,
    isJudged = () => true,
    delivery = null,
  } = options
  const states = new Map<string, SchemaState>()
  const findings: Finding[] = []
  const problems: AcceptanceProblem[] = []
  const known: ObjectRef[] = []
  const files: ParsedSql[] = []
  const earlier = new Set(history)
  let defaultSchema: string | null = null
  for (const source of [...history, ...sources]) {
    const parsed = await database.parse(source)
    const state = findState(parsed, states, delivery)
    if (isWhole) known.push(...namedObjects(parsed.changes))
    defaultSchema = parsed.dialect.defaultSchema
    if (earlier.has(source) || !isJudged(source)) followFile(state, parsed)
    else {
      const judged = withLevels(analyseWith(state, [parsed]).findings, levels)
      const result = applyAcceptances(withProtection(judged, protect, defaultSchema), [parsed], await recorded(source))
      findings.push(...result.findings)
      problems.push(...result.problems)
      files.push(parsed)
    }
    settleState(state)
  }
  return { findings, problems: [...problems, ...(isWhole ? findProtectionProblems(protect, known, defaultSchema) : [])], files }
}

function findState(parsed: ParsedSql, states: Map<string, SchemaState>, delivery: Delivery | null): SchemaState {
  const folder = path.dirname(path.dirname(parsed.source.file))
  const state = states.get(folder) ?? createState(parsed.dialect, null, delivery)
  states.set(folder, state)
  return state
}
