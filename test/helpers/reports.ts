import { Ajv2020 } from 'ajv/dist/2020.js'
import { reportJsonSchema } from '../../src/reporters/report-schema.js'
import type { Report } from '../../src/run/report.js'
import type { CommandResult } from './run-command.js'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const isReport = ajv.compile(reportJsonSchema()) // it takes a while

type Named<Name extends Report['report']> = Extract<Report, { report: Name }>

/** The JSON report of a command, checked against the published schema. @throws when it is of another kind, or stdout holds anything else */
export function readReport<Name extends Report['report']>(result: CommandResult, name: Name): Named<Name> {
  const report: unknown = JSON.parse(result.stdout)
  if (!isReport(report)) throw new Error(`the report is not as its schema says: ${ajv.errorsText(isReport.errors)}\n${result.stdout}`)
  if (!isNamed(report, name)) throw new Error(`expected a report "${name}":\n${result.output}`)
  if (report.exitCode !== result.exitCode) throw new Error(`the report says exit code ${report.exitCode}, the process ${result.exitCode}`)
  return report
}

function isNamed<Name extends Report['report']>(report: unknown, name: Name): report is Named<Name> {
  return typeof report === 'object' && report !== null && 'report' in report && report.report === name
}
