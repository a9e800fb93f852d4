import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { recordSkip } from './skip.js'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

function findChromium(): string | null {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const folders = (process.env.PATH ?? '').split(delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file)) ?? null
}

/** Whether there is a browser; records what is skipped if not. */
export function hasBrowser(what: string): boolean {
  const isThere = findChromium() !== null
  if (!isThere) recordSkip(what, 'no Chromium in PATH or CHROMIUM_PATH: apt-get install chromium')
  return isThere
}

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium() ?? '', args: ['--no-sandbox'] }) // no sandbox for root, as in containers
}

export interface Look {
  readonly width: number
  readonly scheme: 'light' | 'dark'
}

/** What a browser makes of a page. */
export interface PageFacts {
  /** Addresses that were asked for, besides the page itself. */
  readonly requests: readonly string[]
  /** Errors and words in the console. */
  readonly messages: readonly string[]
  /** Pixels by which it is wider than the window. */
  readonly overflow: number
  /** Texts with a contrast below 4.5 (WCAG 2.2, 1.4.3), with the contrast. */
  readonly faint: readonly string[]
  /** Background of the page. */
  readonly background: string
  readonly text: string
  readonly headings: readonly string[]
  /** Headings of every table that have no `scope`, and tables without a caption. */
  readonly unnamed: number
  readonly scripts: number
}

export const LOOKS: readonly Look[] = (['light', 'dark'] as const).flatMap((scheme) => [360, 1280].map((width) => ({ scheme, width })))

/** Loads a page from a file, and looks at it in several ways. */
export async function lookAt(browser: Browser, file: string, looks: readonly Look[] = LOOKS): Promise<readonly PageFacts[]> {
  const page = await browser.newPage()
  const [requests, messages]: [string[], string[]] = [[], []]
  const own = pathToFileURL(file).href
  page.on('request', (request) => void (request.url() === own || requests.push(request.url())))
  page.on('console', (message) => void messages.push(message.text()))
  page.on('pageerror', (error) => void messages.push(error.message))
  page.on('dialog', (dialog) => {
    messages.push(dialog.message())
    return dialog.dismiss()
  })
  try {
    await page.goto(own)
    const all: PageFacts[] = []
    for (const { width, scheme } of looks) {
      await page.setViewportSize({ width, height: 800 })
      await page.emulateMedia({ colorScheme: scheme })
      const facts = (await page.evaluate(LOOK)) as Omit<PageFacts, 'requests' | 'messages'>
      all.push({ requests, messages, ...facts })
    }
    return all
  } finally {
    await page.close()
  }
}

/** Runs in the page; text, as the types of a browser are not those of Node. */
const LOOK = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number)
  const channel = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
  const backgroundOf = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor)
      if (color.length < 4 || color[3] > 0) return color
    }
    return [255, 255, 255]
  }
  const faint = []
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== '')
    if (own.length === 0) continue
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(backgroundOf(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) faint.push(own[0].data.trim() + ' ' + contrast.toFixed(2))
  }
  return {
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    faint,
    background: getComputedStyle(document.body).backgroundColor,
    text: document.body.innerText,
    headings: [...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName + ' ' + one.textContent),
    unnamed: document.querySelectorAll('th:not([scope])').length + [...document.querySelectorAll('table')].filter((one) => !one.caption).length,
    scripts: document.querySelectorAll('script, img, iframe, link, object, embed').length,
  }
})()`
