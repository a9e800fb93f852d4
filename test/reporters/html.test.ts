import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reporters } from '../../src/reporters/index.js'
import type { Report } from '../../src/run/report.js'
import { hasBrowser, lookAt, openBrowser } from '../helpers/browser.js'
import { exampleReports } from './example-reports.js'

const reports = await exampleReports()
const render = await reporters.html()
/** The others are laid out as a status is. */
const shown = reports.filter(({ report }) =>
  ['plan', 'run', 'error', 'status', 'salvage', 'restore-plan', 'part-restore', 'diff'].includes(report),
)
const runs = hasBrowser('the HTML report in a real browser')

describe('html', () => {
  it('is one file that the browser may load nothing for: the policy names its own style and nothing else', () => {
    for (const report of reports) {
      const html = render(report)
      const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ''
      const hash = createHash('sha256').update(style).digest('base64')
      expect(html).toContain(`content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`)
      const tags = html.match(/<[a-z][^>]*>/gi) ?? []
      expect(tags.filter((tag) => /^<(?:script|link|img)|\s(?:src|href|style|on\w+)=/i.test(tag))).toEqual([])
      expect(html).not.toMatch(/url\(|@import/)
    }
  })

  it('every tag is one that we wrote, whatever a database calls things', () => {
    for (const report of reports) {
      const tags = new Set(Array.from(render(report).matchAll(/<\/?([a-z0-9]+)/gi), ([, name]) => name))
      const known =
        'html head meta title style body main header p div svg circle path h1 h2 h3 dl dt dd section ul li code pre table caption thead tbody tr th td span wbr footer'
      expect([...tags].filter((tag) => !known.split(' ').includes(tag ?? ''))).toEqual([])
    }
  })
})

describe.runIf(runs)('in Chromium', () => {
  let browser: Browser
  let folder: string
  beforeAll(async () => {
    browser = await openBrowser()
    folder = mkdtempSync(path.join(tmpdir(), 'safe-migrate-html-'))
  })
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  const look = (report: Report) => {
    const file = path.join(folder, 'report.html')
    writeFileSync(file, render(report))
    return lookAt(browser, file)
  }

  it.each(shown.map((report) => [report.report, report] as const))(
    '%s: nothing loaded, nothing said, nothing too wide or too faint',
    async (_, report) => {
      for (const { requests, messages, overflow, faint, headings, unnamed, scripts } of await look(report)) {
        expect({ requests, messages, faint, unnamed, scripts }).toEqual({ requests: [], messages: [], faint: [], unnamed: 0, scripts: 0 })
        expect(overflow).toBeLessThanOrEqual(0)
        expect(headings.filter((one) => one.startsWith('H1'))).toHaveLength(1)
        expect(headings[0]).toMatch(/^H1 ./)
      }
    },
  )

  it('dark where it is wanted', async () => {
    const [report = fail()] = reports
    const [light, , dark] = await look(report)
    expect([light?.background, dark?.background]).toEqual(['rgb(246, 247, 249)', 'rgb(18, 22, 28)'])
  })

  it('what was measured here measures: a page that is wide, faint, talks and asks for more is seen', async () => {
    const file = path.join(folder, 'bad.html')
    writeFileSync(
      file,
      '<body style="background: #fff"><p style="color: #aaa; width: 3000px">faint</p><table><tr><th>x</table><img src="http://127.0.0.1:9/x"><script>console.log("said")</script>',
    )
    const [facts = fail()] = await lookAt(browser, file)
    expect(facts.overflow).toBeGreaterThan(2000)
    expect(facts.faint[0]).toMatch(/^faint 2\./)
    expect(facts.requests).toEqual(['http://127.0.0.1:9/x'])
    expect(facts.messages).toContain('said')
    expect(facts.unnamed).toBe(2)
  })
})

function fail(): never {
  throw new Error('not there')
}
