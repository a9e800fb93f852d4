import type { Settings } from '../config/select-environment.js'
import type { Database } from '../databases/database.js'
import { databases } from '../databases/index.js'
import { SafeMigrateError } from '../errors.js'
import { checkFiles } from '../findings/check-files.js'
import { levelOf } from '../findings/levels.js'
import { rules } from '../rules/index.js'
import type { Example, Rule } from '../rules/rule.js'
import { suggestNearest } from '../util/nearest.js'
import type { ExplainedExample, ExplainedRule, ExplainReport } from './report.js'

/** Every rule with the level that it has here, without examples. */
export function listRules(config: Settings): ExplainReport {
  return makeReport(
    config,
    rules.map((rule) => ({ ...describe(rule, config), unsafe: [], safe: [] })),
  )
}

/**
 * One rule with its examples, each unsafe one with what is found in it: said by the rule itself.
 * @throws SafeMigrateError `usage` for a rule that there is not
 */
export async function explainRule(id: string, config: Settings): Promise<ExplainReport> {
  const rule = rules.find((one) => one.id === id.toLowerCase())
  if (rule === undefined) throw unknownRule(id)
  const unsafe = await Promise.all(rule.examples.unsafe.map((example) => judgeExample(rule, example)))
  return makeReport(config, [{ ...describe(rule, config), unsafe, safe: rule.examples.safe.map(readExample) }])
}

function makeReport(config: Settings, explained: readonly ExplainedRule[]): ExplainReport {
  return { report: 'explain', formatVersion: 1, exitCode: 0, environment: config.environment, rules: explained }
}

function describe(rule: Rule, config: Settings): Omit<ExplainedRule, 'unsafe' | 'safe'> {
  const { id, kind, severity, summary } = rule
  return { rule: id, kind, severity, level: levelOf({ rule: id, kind, severity }, config.rules), summary }
}

function readExample({ sql, before, databases: where }: Example): ExplainedExample {
  return { sql, before: before ?? null, databases: databasesOf(where).map(({ name }) => name) }
}

function databasesOf(where: Example['databases']): readonly Database[] {
  return databases.filter(({ id }) => where === undefined || where.includes(id))
}

async function judgeExample(rule: Rule, example: Example): Promise<ExplainedRule['unsafe'][number]> {
  const [database] = databasesOf(example.databases)
  const source = (migration: string, sql: string) => ({ migration, file: `${migration}/migration.sql`, sql })
  const history = example.before === undefined ? [] : [source('1', example.before)]
  const own = source('2', example.sql)
  const judged = database === undefined ? [] : (await checkFiles([...history, own], database, { isJudged: (one) => one === own })).findings
  const finding = judged.find((one) => one.rule === rule.id)
  return { ...readExample(example), message: finding?.message ?? '', why: finding?.why ?? '', instead: finding?.instead ?? '' }
}

function unknownRule(id: string): SafeMigrateError {
  const near = suggestNearest(
    id,
    rules.map((rule) => rule.id),
  )
  return new SafeMigrateError({
    code: 'usage',
    message: `There is no rule ${id}${near || '.'}`,
    next: ['safe-migrate explain lists all of them.'],
  })
}
