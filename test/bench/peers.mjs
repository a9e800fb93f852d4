// What other linters of PostgreSQL migrations say of the files in fixtures/migrations/postgresql, beside `safe-migrate check`: `npm run bench:peers`.
// Which files lose data is no opinion: test/findings/replay.test.ts runs each on a real database, and the golden files say what was lost there.
// The set is ours, so read the table as "what is missed and what is flagged for nothing", not as a ranking. Needs the npm registry.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { printTable } from './measure.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fixtures = path.join(root, 'fixtures/migrations/postgresql')
const PACKAGES = ['squawk-cli@2.66.0', '@flvmnt/pgfence', 'prisma-strong-migrations', '@soartec-lab/prisma-strong-migrations']
const LOSING = new Set(['S0', 'S1', 'S2'])
/** Rules of the others that are about rows or values, by their ids; all else is about locks and running versions. */
const ABOUT_DATA =
  /drop-?(column|table|database|schema|type|extension)|remove-?(column|table)|truncate|delete|update|data-manipulation|backfill|cascade|column-?type|unlogged/i

const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-peers-'))
try {
  const files = readFiles()
  install()
  const peers = [
    ['safe-migrate check', judgeOurs(files)],
    ['squawk', judgeSquawk(files)],
    ['pgfence', judgePgfence(files)],
    ['prisma-strong-migrations', judgeStrong(files)],
    ['@soartec-lab/prisma-strong-migrations', judgeSoartec(files)],
  ]
  const losing = files.filter((file) => file.loses)
  const safe = files.filter((file) => !file.loses)
  console.log(`${losing.length} files that lose data, ${safe.length} that lose none\n`)
  const count = (list, ids) => list.filter(({ name }) => (ids.get(name) ?? []).length > 0).length
  const aboutData = (ids) => new Map([...ids].map(([name, rules]) => [name, rules.filter((id) => ABOUT_DATA.test(id))]))
  printTable([
    ['', 'losses found', 'by a rule about data', 'harmless files flagged', 'by a rule about data'],
    ...peers.map(([name, ids]) => {
      const data = name.startsWith('safe-migrate') ? ids : aboutData(ids)
      return [name, count(losing, ids), count(losing, data), count(safe, ids), count(safe, data)].map(String)
    }),
  ])
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Files that a real database refuses, and those whose loss cannot be told, are left out. */
function readFiles() {
  const names = readdirSync(fixtures).filter((file) => /^[^_].*\.sql$/.test(file) && !file.endsWith('.setup.sql'))
  return names.flatMap((file) => {
    const name = file.slice(0, -'.sql'.length)
    const golden = JSON.parse(readFileSync(path.join(fixtures, `${name}.findings.json`), 'utf8'))
    const isRefused = golden.measured.some((finding) => finding.kind === 'unanalysed' || (finding.impact?.failing?.rows ?? 0) > 0)
    if (isRefused) return []
    const loses = golden.measured.some((finding) => LOSING.has(finding.severity) && finding.kind === 'loss')
    const own = path.join(fixtures, `${name}.setup.sql`)
    const setup = readFileSync(path.join(fixtures, '_setup.sql'), 'utf8') + (existsSync(own) ? readFileSync(own, 'utf8') : '')
    return [{ name, loses, setup, sql: readFileSync(path.join(fixtures, file), 'utf8') }]
  })
}

function install() {
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...PACKAGES], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function run(script, args, cwd = folder) {
  const { stdout } = spawnSync(process.execPath, [script, ...args], { cwd, encoding: 'utf8', maxBuffer: 1 << 28 })
  return stdout
}

function runInstalled(script, args, cwd) {
  return run(path.join(folder, 'node_modules', script), args, cwd)
}

/** File → ids of the rules that say something of it. */
function group(pairs) {
  const ids = new Map()
  for (const [name, id] of pairs) ids.set(name, [...(ids.get(name) ?? []), id])
  return ids
}

/** With the tables that are there before, as in a project; at the levels that apply without configuration. */
function judgeOurs(files) {
  const paths = files.flatMap(({ name, setup, sql }) => [
    write(`ours/${name}/1/migration.sql`, setup),
    write(`ours/${name}/2/migration.sql`, sql),
  ])
  const report = JSON.parse(run(path.join(root, 'bin/safe-migrate.js'), ['check', '--provider', 'postgresql', '--json', ...paths]))
  const losses = report.findings.filter((finding) => finding.migration === '2' && LOSING.has(finding.severity))
  return group(losses.map((finding) => [path.basename(path.dirname(path.dirname(finding.location.file))), finding.rule]))
}

function judgeSquawk(files) {
  const found = JSON.parse(runInstalled('squawk-cli/js/bin/squawk', ['--reporter', 'json', ...writeAll(files)]))
  return group(found.map(({ file, rule_name }) => [path.basename(file, '.sql'), rule_name]))
}

function judgePgfence(files) {
  const { results } = JSON.parse(runInstalled('@flvmnt/pgfence/dist/index.js', ['analyze', '--output', 'json', ...writeAll(files)]))
  return group(
    results.flatMap(({ filePath, checks, policyViolations = [] }) =>
      [...checks, ...policyViolations].map(({ ruleId }) => [path.basename(filePath, '.sql'), ruleId]),
    ),
  )
}

function judgeStrong(files) {
  return group(
    files.flatMap(({ name, sql }) => {
      const output = runInstalled('prisma-strong-migrations/dist/cli.js', ['lint', '--reporter', 'json', write(`all/${name}.sql`, sql)])
      return [...output.matchAll(/"(?:rule|ruleId|ruleName)":\s*"([^"]+)"/g)].map(([, id]) => [name, id])
    }),
  )
}

function judgeSoartec(files) {
  return group(
    files.flatMap(({ name, sql }) => {
      const output = runInstalled('@soartec-lab/prisma-strong-migrations/bin/cli.js', [
        'check',
        '--format',
        'json',
        write(`all/${name}.sql`, sql),
      ])
      return [...output.matchAll(/"ruleName":\s*"([^"]+)"/g)].map(([, id]) => [name, id])
    }),
  )
}

function writeAll(files) {
  return files.map(({ name, sql }) => write(`all/${name}.sql`, sql))
}

function write(name, text) {
  const file = path.join(folder, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}
