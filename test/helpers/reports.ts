import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Report } from '../../src/run/report.js'
import { repositoryRoot } from './paths.js'
import type { CommandResult } from './run-command.js'

type Named<Name extends Report['report']> = Extract<Report, { report: Name }>

/** The JSON report of a command, checked against the published schema. @throws when it is of another kind, or stdout holds anything else */
export function readReport<Name extends Report['report']>(result: CommandResult, name: Name): Named<Name> {
  const schema = JSON.parse(readFileSync(join(repositoryRoot, 'dist', 'report.schema.json'), 'utf8')) as object
  const report: unknown = JSON.parse(result.stdout)
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
  if (!ajv.validate(schema, report)) throw new Error(`the report is not as its schema says: ${ajv.errorsText()}\n${result.stdout}`)
  if (!isNamed(report, name)) throw new Error(`expected a report "${name}":\n${result.output}`)
  if (report.exitCode !== result.exitCode) throw new Error(`the report says exit code ${report.exitCode}, the process ${result.exitCode}`)
  return report
}

function isNamed<Name extends Report['report']>(report: unknown, name: Name): report is Named<Name> {
  return typeof report === 'object' && report !== null && 'report' in report && report.report === name
}
