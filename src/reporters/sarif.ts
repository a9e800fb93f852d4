import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Finding, Level, Severity } from '../rules/finding.js'
import { rules } from '../rules/index.js'
import type { Example, Rule } from '../rules/rule.js'
import type { Report } from '../run/report.js'
import type { Location } from '../sql/statement.js'
import { sha256OfText } from '../util/sha256.js'
import { findingsOf, noticeLevel, pathInRepository } from './findings-of.js'
import { describeAcceptance, describeImpact } from './text-findings.js'

type SarifLevel = 'error' | 'warning' | 'note' | 'none'

const LEVELS: Readonly<Record<Level, SarifLevel>> = { block: 'error', warn: 'warning', info: 'note', off: 'note' }
const DEFAULT_LEVELS: Readonly<Record<Severity, SarifLevel>> = {
  S0: 'error',
  S1: 'error',
  S2: 'error',
  S3: 'warning',
  S4: 'none',
  info: 'note',
}

/** SARIF 2.1.0, for code scanning. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function renderSarif(report: Report, version: string): string {
  const { findings, problems } = findingsOf(report)
  const fingerprints = fingerprintAll(findings)
  const run = {
    tool: { driver: { name: 'safe-migrate', version, rules: rules.map(describeRule) } },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the git repository.' } } },
    invocations: [
      {
        executionSuccessful: report.report !== 'error',
        exitCode: report.exitCode,
        toolExecutionNotifications: [
          ...problems.map(({ message, location }) => ({
            level: 'warning',
            message: { text: message },
            locations: location === null ? [] : [place(report, location)],
          })),
          ...(report.report === 'error' ? [describeError(report.error)] : []),
        ],
      },
    ],
    results: findings.map((finding, index) => describeFinding(report, finding, fingerprints[index] ?? '')),
  }
  return JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] }, null, 2)
}

function describeRule(rule: Rule): object {
  const examples = (title: string, list: readonly Example[]) =>
    list.length === 0 ? [] : [`### ${title}`, ...list.map(({ sql }) => `\`\`\`sql\n${sql}\n\`\`\``)]
  const [unsafe, safe] = [rule.examples.unsafe.slice(0, 2), rule.examples.safe.slice(0, 2)]
  const accept = `To accept a finding, write above the statement: -- safe-migrate: allow ${rule.id} <Table.column> -- <reason>`
  return {
    id: rule.id,
    shortDescription: { text: rule.summary },
    fullDescription: { text: rule.summary },
    help: {
      text: [rule.summary, ...unsafe.map(({ sql }) => `Found: ${sql}`), ...safe.map(({ sql }) => `Not found: ${sql}`), accept].join('\n'),
      markdown: [rule.summary, ...examples('Found', unsafe), ...examples('Not found', safe), accept.replace(/(--.*)$/, '`$1`')].join(
        '\n\n',
      ),
    },
    defaultConfiguration: { level: DEFAULT_LEVELS[rule.severity] },
    properties: { tags: [rule.kind], severity: rule.severity },
  }
}

function describeFinding(report: Report, finding: Finding, fingerprint: string): object {
  const { rule, message, why, instead, accepted, impact, severity, kind } = finding
  const cost = describeImpact(finding)
  const { words, comment } = describeAcceptance(finding)
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: LEVELS[noticeLevel(finding)],
    kind: 'fail',
    message: {
      text: [
        cost === '' ? message : `${message} ${cost}`,
        why,
        ...(instead === '' ? [] : [`Instead: ${instead}`]),
        ...(accepted === undefined && finding.level === 'block' ? [words, ...(comment === null ? [] : [comment])] : []),
      ].join('\n'),
    },
    locations: [place(report, finding.location)],
    partialFingerprints: { 'safeMigrate/v1': fingerprint },
    // Where one result says whether it is suppressed, all must.
    suppressions:
      accepted === undefined
        ? []
        : [{ kind: accepted.via === 'comment' ? 'inSource' : 'external', status: 'accepted', justification: accepted.reason }],
    properties: { severity, kind, migration: finding.migration, objects: finding.objects, ...(impact === undefined ? {} : { impact }) },
  }
}

function place(report: Report, { file, line, column, endLine, endColumn }: Location): object {
  return {
    physicalLocation: {
      artifactLocation: path.isAbsolute(file)
        ? { uri: pathToFileURL(file).href }
        : { uri: encodePath(pathInRepository(report, file)), uriBaseId: '%SRCROOT%' },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  }
}

function encodePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/')
}

/** The same for the same finding wherever its lines have moved to: by what it says of which statement, and which one of equal ones it is. */
function fingerprintAll(findings: readonly Finding[]): readonly string[] {
  const seen = new Map<string, number>()
  return findings.map(({ rule, location, statement, message, objects }) => {
    const hash = sha256OfText(JSON.stringify([rule, location.file, statement.replace(/\s+/g, ' '), message, objects])).slice(0, 32)
    const count = (seen.get(hash) ?? 0) + 1
    seen.set(hash, count)
    return `${hash}:${count}`
  })
}

function describeError({ code, message, why, next }: Extract<Report, { report: 'error' }>['error']): object {
  return { level: 'error', descriptor: { id: code }, message: { text: [message, ...(why === null ? [] : [why]), ...next].join('\n') } }
}
