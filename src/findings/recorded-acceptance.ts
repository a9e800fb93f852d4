import type { ParsedSql } from '../databases/database.js'
import type { Finding } from '../rules/finding.js'
import { type AcceptanceFile, hashStatement } from './acceptance-file.js'
import type { AcceptanceProblem } from './acceptance-problem.js'
import { fullName, isNamedBy, readPath } from './object-path.js'
import type { RecordedAcceptance } from './parse-acceptance-file.js'
import { findStatementSpan } from './statement-span.js'

export interface RecordWords {
  readonly reason: string
  readonly acceptedAt: string
  readonly acceptedBy?: string
}

/** What is recorded when a finding is accepted. */
export function recordAcceptance(finding: Finding, parsed: readonly ParsedSql[], words: RecordWords): RecordedAcceptance {
  const file = fileOf(finding, parsed)
  const occurrence = file === undefined ? 1 : findOccurrence(finding, file)
  const { migration, rule, statement, protected: names = [] } = finding
  return {
    migration,
    rule,
    objects: finding.objects.map((object) => fullName(object, file?.dialect.defaultSchema ?? null)).sort(),
    statementSha256: hashStatement(statement),
    ...(occurrence === 1 ? {} : { occurrence }),
    ...words,
    ...(names.length === 0 ? {} : { protected: names }),
  }
}

/** The recorded acceptance of each finding that has one. It must name all that the finding names, and what is protected of it. */
export function matchRecords(
  records: readonly RecordedAcceptance[],
  findings: readonly Finding[],
  parsed: readonly ParsedSql[],
): ReadonlyMap<Finding, RecordedAcceptance> {
  const matched = new Map<Finding, RecordedAcceptance>()
  if (records.length === 0) return matched
  for (const finding of findings) {
    const file = fileOf(finding, parsed)
    const record = records.find((one) => file !== undefined && isFor(one, finding, file) && covers(one, finding, file))
    if (record !== undefined) matched.set(finding, record)
  }
  return matched
}

/** Records of these migrations that accept nothing: the statement has changed, or there is nothing like it. Others are not judged here. */
export function findRecordProblems(
  { file, text, acceptances }: AcceptanceFile,
  findings: readonly Finding[],
  matched: ReadonlyMap<Finding, RecordedAcceptance>,
  parsed: readonly ParsedSql[],
): readonly AcceptanceProblem[] {
  const used = new Set(matched.values())
  return acceptances.flatMap((record): readonly AcceptanceProblem[] => {
    const source = parsed.find((one) => one.source.migration === record.migration)
    if (source === undefined || used.has(record)) return []
    const line = lineOf(text, record)
    const place = { migration: record.migration, location: { file, line, column: 1, endLine: line, endColumn: 1 } }
    return [{ ...place, ...describe(record, findings, source) }]
  })
}

/** Whether the statement that was accepted is still in the migration. */
export function isLapsed(record: RecordedAcceptance, file: ParsedSql): boolean {
  return !spansOf(file).some(({ text }) => hashStatement(text) === record.statementSha256)
}

function describe(record: RecordedAcceptance, findings: readonly Finding[], file: ParsedSql): Pick<AcceptanceProblem, 'kind' | 'message'> {
  const name = `The recorded acceptance of ${record.rule}${record.objects.length > 0 ? ` of ${record.objects.join(', ')}` : ''}`
  if (isLapsed(record, file))
    return { kind: 'lapsed', message: `${name} has lapsed: the statement has changed since. safe-migrate accept --prune removes it.` }
  const finding = findings.find((one) => isFor(record, one, file))
  if (finding === undefined) return { kind: 'unused', message: `${name} accepts nothing: that statement has no such finding.` }
  const names = (finding.protected ?? []).filter((one) => !(record.protected ?? []).includes(one))
  if (names.length > 0)
    return {
      kind: 'protected',
      message: `${name} does not count: it touches ${names.join(', ')}, which is protected. Accept it again with safe-migrate accept.`,
    }
  const objects = finding.objects.map((one) => fullName(one, file.dialect.defaultSchema))
  return { kind: 'unused', message: `${name} does not cover all that is at stake: ${objects.join(', ')}.` }
}

function isFor(record: RecordedAcceptance, finding: Finding, file: ParsedSql): boolean {
  return (
    record.migration === finding.migration &&
    record.rule === finding.rule &&
    record.statementSha256 === hashStatement(finding.statement) &&
    (record.occurrence ?? 1) === findOccurrence(finding, file) &&
    (record.objects.length === 0) === (finding.objects.length === 0) &&
    (finding.objects.length === 0 || finding.objects.some((object) => isNamed(record, object, file)))
  )
}

function covers(record: RecordedAcceptance, finding: Finding, file: ParsedSql): boolean {
  return (
    finding.objects.every((object) => isNamed(record, object, file)) &&
    (finding.protected ?? []).every((name) => record.protected?.includes(name) === true)
  )
}

function isNamed(record: RecordedAcceptance, object: Finding['objects'][number], { dialect }: ParsedSql): boolean {
  const isSame = (written: string, name: string) => written === name
  return record.objects.some((name) => isNamedBy(readPath(name) ?? [], object, isSame, dialect.defaultSchema) && name !== '')
}

function fileOf(finding: Finding, parsed: readonly ParsedSql[]): ParsedSql | undefined {
  return parsed.find(({ source }) => source.migration === finding.migration && source.file === finding.location.file)
}

/** 1 for the first of equal statements, 2 for the second … */
function findOccurrence(finding: Finding, file: ParsedSql): number {
  const { start: own } = findStatementSpan(file.source, finding)
  const hash = hashStatement(finding.statement)
  return spansOf(file).filter(({ start, text }) => start < own && hashStatement(text) === hash).length + 1
}

/** The statements, and the patterns of several. */
function spansOf(file: ParsedSql): readonly { readonly start: number; readonly text: string }[] {
  const patterns = file.changes.map(({ statement, through }) => [statement.start, (through ?? statement).end] as const)
  const spans = new Map([...file.statements.map(({ start, end }) => [start, end] as const), ...patterns].map((span) => [span.join(), span]))
  return [...spans.values()].map(([start, end]) => ({ start, text: file.source.sql.slice(start, end) }))
}

function lineOf(text: string, { statementSha256 }: RecordedAcceptance): number {
  return text.slice(0, Math.max(0, text.indexOf(statementSha256))).split('\n').length
}
