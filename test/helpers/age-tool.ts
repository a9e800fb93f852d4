import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { recordSkip } from './skip.js'

/** Whether the real tool is here. https://github.com/FiloSottile/age */
export function hasAge(): boolean {
  const isThere = spawnSync('age', ['--version']).status === 0 && spawnSync('script', ['--version']).status === 0
  if (!isThere) recordSkip('files encrypted for and by the real age', 'the commands age and script are not there: apt-get install age')
  return isThere
}

export interface AgeIdentity {
  readonly recipient: string
  readonly file: string
}

/** A new identity, made by the tool's own library; in a file that only the owner can read. */
export async function makeIdentity(file: string): Promise<AgeIdentity> {
  const { generateX25519Identity, identityToRecipient } = await import('age-encryption')
  const identity = await generateX25519Identity()
  writeFileSync(file, `# made for a test\n${identity}\n`, { mode: 0o600 })
  return { recipient: await identityToRecipient(identity), file }
}

/** Runs age; what it asks for on its terminal is answered with the passphrase. */
export function age(args: readonly string[], passphrase?: string): void {
  const line = ['age', ...args].map((word) => `'${word}'`).join(' ')
  const { status, stdout, stderr } =
    passphrase === undefined
      ? spawnSync('age', args, { encoding: 'utf8' })
      : spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8', input: `${passphrase}\n${passphrase}\n` })
  if (status !== 0) throw new Error(`${line}: ${stdout}${stderr}`)
}
