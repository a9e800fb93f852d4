import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** Our own version, from our package.json. */
export async function toolVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}
