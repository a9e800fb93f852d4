import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { rules } from '../../src/rules/index.js'

/** Every rule about losses and failures is proved on a real database by a fixture that it finds something in, and another of the same database that it is quiet about. */
const FOLDERS = ['postgresql', 'sqlite'].map((database) => path.resolve('fixtures/migrations', database))

/** Why a rule can have no fixture that is run. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'drop-database': 'the database of the test would be gone',
  'drop-owned': 'roles belong to the whole server',
  'alter-expression': 'only PostgreSQL 17 and newer know the statement',
  'concurrently-in-transaction': 'the test sends a file as one transaction',
}

interface Golden {
  readonly withoutDatabase: readonly { readonly rule: string }[]
  readonly measured: readonly { readonly rule: string }[]
}

function readGolden(file: string): ReadonlySet<string> {
  const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden
  return new Set([...golden.withoutDatabase, ...golden.measured].map(({ rule }) => rule))
}

const goldens = FOLDERS.map((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.findings.json'))
    .map((file) => readGolden(path.join(folder, file))),
)
const proved = rules.filter((rule) => rule.kind !== 'compatibility' && rule.severity !== 'S4' && NOT_RUN[rule.id] === undefined)

describe('fixtures', () => {
  it.each(proved.map((rule) => rule.id))('prove %s', (id) => {
    const finding = goldens.filter((files) => files.some((found) => found.has(id)))
    expect(finding.length).toBeGreaterThan(0)
    for (const files of finding) expect(files.some((found) => !found.has(id))).toBe(true)
  })
  it('are missing only for rules that there are', () => {
    for (const id of Object.keys(NOT_RUN)) expect(rules.map((rule) => rule.id)).toContain(id)
  })
})
