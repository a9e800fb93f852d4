import { describe, expect, it } from 'vitest'
import type { DatabaseId } from '../../src/databases/database.js'
import { parsePostgresql } from '../../src/databases/postgresql/parse.js'
import { parseSqlite } from '../../src/databases/sqlite/parse.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { PROBES } from './probes.js'

const PARSERS = { postgresql: { parse: parsePostgresql }, sqlite: { parse: parseSqlite } }

/** What is lost, and what could not be read, without a database: `S1 drop-column`, once each. */
async function judge(database: DatabaseId, before: string, sql: string): Promise<readonly string[]> {
  const source = (migration: string, text: string) => ({ migration, file: `m/${migration}/migration.sql`, sql: text })
  const { findings } = await checkFiles([source('2_probe', sql)], PARSERS[database], { history: [source('1_before', before)] })
  const seen = findings.filter(({ kind, severity }) => (kind === 'loss' || kind === 'unanalysed') && severity !== 'info')
  return [...new Set(seen.map(({ rule, severity }) => `${severity} ${rule}`))]
}

describe.each(PROBES)('$database, $of', ({ database, before, probes }) => {
  it.each(probes)('%s', async (sql, ...expected) => {
    expect(await judge(database, before, sql)).toEqual(expected)
  })
})
