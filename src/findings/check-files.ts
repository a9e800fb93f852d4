import path from 'node:path'
import type { Database, ParsedSql } from '../databases/database.js'
import type { Finding } from '../rules/finding.js'
import type { SqlSource } from '../sql/statement.js'
import { type AcceptanceProblem, applyAcceptances } from './acceptance.js'
import { analyseWith } from './analyse.js'
import { createState, type SchemaState, settleState } from './schema-state.js'

export interface CheckOptions {
  /** Earlier migrations of the same folder, in order: not judged, but they tell what the tables look like. */
  readonly history?: readonly SqlSource[]
}

/**
 * Judges files without a database: each by itself, as if every table were full, with what the files before it in the same folder have made
 * of the schema. A drop of what the same file created is no finding; a drop of what an earlier file created is.
 */
export async function checkFiles(
  sources: readonly SqlSource[],
  database: Pick<Database, 'parse'>,
  options: CheckOptions = {},
): Promise<{ readonly findings: readonly Finding[]; readonly problems: readonly AcceptanceProblem[] }> {
  const states = new Map<string, SchemaState>()
  const findings: Finding[] = []
  const problems: AcceptanceProblem[] = []
  for (const source of options.history ?? []) judgeFile(await database.parse(source), states)
  for (const source of sources) {
    const parsed = await database.parse(source)
    const result = applyAcceptances(judgeFile(parsed, states), [parsed])
    findings.push(...result.findings)
    problems.push(...result.unused)
  }
  return { findings, problems }
}

function judgeFile(parsed: ParsedSql, states: Map<string, SchemaState>): readonly Finding[] {
  const folder = path.dirname(path.dirname(parsed.source.file))
  const state = states.get(folder) ?? createState(parsed.dialect, null)
  states.set(folder, state)
  const { findings } = analyseWith(state, [parsed])
  settleState(state)
  return findings
}
