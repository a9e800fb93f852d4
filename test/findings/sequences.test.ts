import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/databases/database.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { analyse } from '../../src/findings/analyse.js'
import { measureImpact } from '../../src/findings/impact.js'
import { shownFindings } from '../../src/findings/levels.js'
import { type Finding, isCertainToFail } from '../../src/rules/finding.js'
import { compareDatabases } from '../../src/verify/compare.js'
import { openPostgresql, openSqlite } from '../verify/lab.js'
import { countDifferences, predictedCounts, wordsOf } from './counts.js'
import { code } from './sequences/code.js'
import { names } from './sequences/names.js'
import { rows } from './sequences/rows.js'
import type { Sequence } from './sequences/sequence.js'

const sequences = [...names, ...rows, ...code]

/**
 * Statements and migrations of which one spoils what can be known of a later one. Each set is judged and measured on a real database and
 * then run there, each migration in a session of its own: a number that was predicted must be what happened, and what could not be
 * measured must be said to be so.
 */
async function play(database: Database, open: typeof openPostgresql, { setup, migrations, schema }: Sequence) {
  const live = await open(schema)
  try {
    await live.run(setup)
    const { connection } = live
    const sources = migrations.map((sql, index) => ({ migration: String(index + 1), file: `migrations/${index + 1}/migration.sql`, sql }))
    const parsed = await Promise.all(sources.map((source) => database.parse(source)))
    const analysis = analyse(parsed, { catalog: await database.readCatalog(connection) })
    const findings = await measureImpact(analysis, connection, { timeout: 5000 })
    const before = await database.fingerprint(connection)
    const openTable = await live.keep(before)
    const error = await runAll(live, schema === undefined ? migrations : migrations.map((sql) => `SET search_path = ${schema};${sql}`))
    if (error !== null) return { findings, error, differences: [] }
    const after = await database.fingerprint(connection, { reference: before, renames: analysis.renames })
    const expectations = { findings, touched: analysis.touched, mentioned: wordsOf(migrations.join(' ')), renames: analysis.renames }
    return { findings, error, differences: await compareDatabases({ before, after, expectations, connection, openTable }) }
  } finally {
    await live.close()
  }
}

async function runAll(live: Awaited<ReturnType<typeof openPostgresql>>, migrations: readonly string[]): Promise<string | null> {
  for (const sql of migrations) {
    const error = await live.run(sql).then(() => null, String)
    if (error !== null) return error
  }
  return null
}

/** `delete-filtered User: 2 rows, Post 3 deleted`. */
function describeFinding({ rule, severity, objects, impact }: Finding): string {
  const on = objects.map(({ table, column, type }) => [table ?? type, column].filter((part) => part !== undefined).join('.')).join(' ')
  const parts: string[] = []
  if (impact?.measured === true) {
    if (impact.rows !== undefined) parts.push(`${impact.rows} rows`)
    if (impact.values !== undefined) parts.push(`${impact.values} values`)
    if (impact.failing !== undefined) parts.push(`${impact.failing.rows} failing`)
    for (const { table, rows, effect } of impact.cascades ?? []) parts.push(`${table} ${rows} ${effect}`)
    if (impact.atMost !== undefined) parts.push(`at most, since ${impact.atMost}`)
  } else if (impact !== undefined) parts.push(`not measured, ${impact.why}`)
  return `${severity} ${rule} ${on}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}

describe.each([
  ['postgresql', postgresql, openPostgresql],
  ['sqlite', sqlite, openSqlite],
] as const)('%s', (id, database, open) => {
  it.each(sequences.filter(({ databases }) => databases?.includes(id) ?? true))('$name', { timeout: 30_000 }, async (sequence) => {
    const { findings, error, differences } = await play(database, open, sequence)
    const { findings: expected } = sequence
    expect(shownFindings(findings).map(describeFinding)).toEqual('postgresql' in expected ? expected[id] : expected)
    expect(error !== null, error ?? 'it ran').toBe(sequence.fails === true || findings.some(({ impact }) => isCertainToFail(impact)))
    if (error !== null) return
    const alarms = differences.filter((one) => one.weight === 'loss' && one.cause !== 'predicted').map((one) => one.message)
    expect(alarms).toEqual([])
    const happened = Object.fromEntries(countDifferences(differences))
    expect(happened).toEqual(sequence.lost ?? {})
    // Later statements may take what earlier ones have changed already, and bring back what they have taken.
    const predicted = predictedCounts(findings)
    for (const [key, count] of Object.entries(happened))
      expect([key, predicted.get(key) ?? count]).toEqual([key, expect.toSatisfy((most) => most >= count)])
  })
})
