import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/databases/database.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { analyse } from '../../src/findings/analyse.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { measureImpact } from '../../src/findings/impact.js'
import { shownFindings } from '../../src/findings/levels.js'
import { type Finding, isCertainToFail } from '../../src/rules/finding.js'
import { compareDatabases } from '../../src/verify/compare.js'
import { openPostgresql, openSqlite } from '../verify/lab.js'
import { countDifferences, predictedCounts, wordsOf } from './counts.js'

/**
 * Every file in fixtures/migrations is judged without a database, measured on a real one, and then run there: what was predicted must be
 * what was lost, to the row. UPDATE_GOLDEN=1 writes the golden files anew; read the difference before you commit it.
 */
const FIXTURES = path.resolve('fixtures/migrations')
/** The database refuses their SQL whatever the data. */
const REFUSED = ['unparsable', 'unending-comment', 'enum-add-then-use', 'alter-attribute-type']
/** A copy takes the place of the table. */
const COPIED = ['copied-table-then-dropped', 'copied-in-part-then-dropped', 'copied-like-then-dropped']

/** What fails is an insert after the migration. */
const FAILS_LATER = 'restart-sequence'

interface Fixture {
  readonly setup: string
  readonly migration: string
  readonly golden: string
}

function readFixture(folder: string, name: string): Fixture {
  const own = path.join(folder, `${name}.setup.sql`)
  const setup = readFileSync(path.join(folder, '_setup.sql'), 'utf8') + (existsSync(own) ? readFileSync(own, 'utf8') : '')
  return { setup, migration: readFileSync(path.join(folder, `${name}.sql`), 'utf8'), golden: path.join(folder, `${name}.findings.json`) }
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql') && !file.endsWith('.setup.sql') && !file.startsWith('_'))
    .map((file) => file.slice(0, -'.sql'.length))
}

const source = (migration: string, sql: string) => ({ migration, file: `migrations/${migration}/migration.sql`, sql })

async function replay(database: Database, open: typeof openPostgresql, fixture: Fixture) {
  const { findings: checked } = await checkFiles([source('2', fixture.migration)], database, { history: [source('1', fixture.setup)] })
  const live = await open()
  try {
    await live.run(fixture.setup)
    const { connection } = live
    const parsed = await database.parse(source('2', fixture.migration))
    const analysis = analyse([parsed], { catalog: await database.readCatalog(connection) })
    const measured = await measureImpact(analysis, connection, { timeout: 5000 })
    const before = await database.fingerprint(connection)
    const openTable = await live.keep(before)
    const error = await live.run(fixture.migration).then(() => null, String)
    if (error !== null) return { checked, measured, error, differences: [] }
    const after = await database.fingerprint(connection, { reference: before, renames: analysis.renames })
    const expectations = { findings: measured, touched: analysis.touched, mentioned: wordsOf(fixture.migration), renames: analysis.renames }
    return { checked, measured, error, differences: await compareDatabases({ before, after, expectations, connection, openTable }) }
  } finally {
    await live.close()
  }
}

function summarize(findings: readonly Finding[]) {
  return findings.map(({ rule, kind, severity, message, objects, location, impact, predictions }) => ({
    rule,
    kind,
    severity,
    message,
    objects,
    at: `${location.line}:${location.column}-${location.endLine}:${location.endColumn}`,
    ...(impact === undefined ? {} : { impact, predictions }),
  }))
}

describe.each([
  ['postgresql', postgresql, openPostgresql],
  ['sqlite', sqlite, openSqlite],
] as const)('%s', (folderName, database, open) => {
  const folder = path.join(FIXTURES, folderName)
  it.each(namesIn(folder))('%s', { timeout: 30_000 }, async (name) => {
    const fixture = readFixture(folder, name)
    const { checked, measured, error, differences } = await replay(database, open, fixture)
    // What is off unless somebody asks for it is left to the examples of its rule.
    const findings = { withoutDatabase: summarize(shownFindings(checked)), measured: summarize(shownFindings(measured)) }
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(fixture.golden, `${JSON.stringify(findings, null, 2)}\n`)
    expect(findings).toEqual(JSON.parse(readFileSync(fixture.golden, 'utf8')))
    const failing = measured.filter(({ rule, impact }) => rule !== FAILS_LATER && isCertainToFail(impact))
    expect(error !== null, error ?? 'it ran').toBe(failing.length > 0 || REFUSED.includes(name))
    if (error !== null) return
    // What could not be analysed is not predicted either: there the comparison is to sound the alarm.
    const isUnknown = measured.some((finding) => finding.rule === 'could-not-be-analysed')
    const alarms = differences.filter((one) => one.weight === 'loss' && one.cause !== 'predicted').map((one) => one.message)
    expect(alarms.length > 0, alarms.join('\n')).toBe(isUnknown)
    const predicted = predictedCounts(measured)
    const happened = countDifferences(differences)
    for (const [key, count] of happened) if (typeof predicted.get(key) === 'number') expect([key, predicted.get(key)]).toEqual([key, count])
    const gone = new Set(differences.filter((one) => one.kind === 'table-gone').map((one) => one.table))
    // Information is on what is not there at all, or kept elsewhere: where the comparison finds it there, it is not gone.
    for (const [key, count] of predictedCounts(measured.filter(({ severity }) => severity !== 'info'))) {
      const table = key.split(' ')[1]?.split('.')[0] ?? ''
      // Rows that get another key, and rows that are in a copy which has taken the name, are not gone from where they were.
      const isElsewhere = predicted.get(`rows ${table}`) === null || COPIED.includes(name)
      if (count === null || count === 0 || key.startsWith('orphans') || isElsewhere || gone.has(table)) continue
      expect([key, happened.get(key)]).toEqual([key, count])
    }
  })
})
