// The picture in the README: the report of the example's deploy, as Chromium shows it. `npm run screenshot`
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { setUpExample } from './set-up.mjs'

const MOST_BYTES = 150_000
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const picture = path.join(root, '.github', 'report.png')
const folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-screenshot-'))
try {
  const report = await writeReport()
  mkdirSync(path.dirname(picture), { recursive: true })
  await photograph(report)
  const { size } = statSync(picture)
  if (size > MOST_BYTES) throw new Error(`${picture} has ${size} bytes, more than ${MOST_BYTES}`)
  console.log(`${path.relative(root, picture)}: ${size} bytes`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A real run; only the names of this machine's folders are made shorter. */
async function writeReport() {
  const [database, page] = [path.join(folder, 'shop.db'), path.join(folder, 'report.html')]
  setUpExample(database)
  const runner = path.join(root, 'test', 'schema-engine', 'with-engine.mjs')
  const words = ['deploy', '--on-loss', 'restore', '--report', page]
  const { status, stderr } = spawnSync(process.execPath, [runner, process.execPath, path.join(root, 'bin', 'safe-migrate.js'), ...words], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: `file:${database}`, GITHUB_STEP_SUMMARY: '' },
    encoding: 'utf8',
  })
  if (status !== 5) throw new Error(`safe-migrate ended with ${status}: ${stderr}`)
  writeFileSync(page, readFileSync(page, 'utf8').replaceAll(`${folder}/`, '').replaceAll(`${root}/`, ''))
  return page
}

async function photograph(page) {
  const executablePath = process.env.CHROMIUM_PATH || spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).stdout.trim()
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const tab = await browser.newPage({ viewport: { width: 960, height: 1085 }, colorScheme: 'light' })
    await tab.goto(`file://${page}`)
    await tab.screenshot({ path: picture })
  } finally {
    await browser.close()
  }
}
