import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { prismaPackageDir } from '../helpers/child-environment.js'
import { repositoryRoot } from '../helpers/paths.js'
import { runCommand, startCommand } from '../helpers/run-command.js'
import { engineEnvironment } from './engine-environment.mjs'

const dir = mkdtempSync(join(tmpdir(), 'safe-migrate-engines-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** An installed Prisma, with these files where it keeps its engines. */
function installPrisma(name: string, engines: readonly string[]): string {
  const modules = join(dir, name, 'node_modules')
  for (const packageName of ['prisma', '@prisma/engines', '@prisma/engines-version']) {
    mkdirSync(join(modules, packageName), { recursive: true })
    writeFileSync(join(modules, packageName, 'package.json'), JSON.stringify({ name: packageName, version: '7.10.0-4.0000' }))
  }
  for (const engine of engines) writeFileSync(join(modules, '@prisma/engines', engine), '')
  return join(modules, 'prisma')
}

describe('engineEnvironment', () => {
  it('names the test engine only where the native one is missing', () => {
    const missing = installPrisma('missing', ['schema-engine-debian-openssl-3.0.x.sha256'])
    expect(engineEnvironment(missing, {}).PRISMA_SCHEMA_ENGINE_BINARY).toMatch(/test\/schema-engine\/schema-engine\.mjs$/)
    expect(engineEnvironment(installPrisma('there', ['schema-engine-debian-openssl-3.0.x']), {})).toEqual({})
  })

  it('leaves an engine of the user alone, but replaces itself for another Prisma', () => {
    const prisma = installPrisma('configured', [])
    expect(engineEnvironment(prisma, { PRISMA_SCHEMA_ENGINE_BINARY: '/usr/bin/schema-engine' })).toEqual({})
    const own = engineEnvironment(prismaPackageDir(6), {})
    expect(engineEnvironment(prisma, own).TEST_ENGINE_PRISMA_PACKAGE).toBe(prisma)
  })
})

describe('with-engine.mjs', () => {
  const withEngine = join(repositoryRoot, 'test', 'schema-engine', 'with-engine.mjs')
  const options = { cwd: repositoryRoot, env: { PATH: process.env.PATH ?? '' } }

  it('passes on input, output and exit code, and keeps Prisma from calling home', async () => {
    const script = 'cat; echo "$CHECKPOINT_DISABLE $PRISMA_SCHEMA_ENGINE_BINARY"; echo oops >&2; exit 7'
    const { exitCode, stdout, stderr } = await runCommand(withEngine, ['sh', '-c', script], { ...options, input: 'in\n' })
    expect(exitCode).toBe(7)
    expect(stdout).toMatch(/^in\n1 .*schema-engine\.mjs\n$/)
    expect(stderr).toBe('oops\n')
  })

  it('passes on signals', async () => {
    const child = startCommand(
      withEngine,
      ['sh', '-c', "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.1; done"],
      options,
    )
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGTERM')
    expect(await child).toMatchObject({ exitCode: 5, stdout: 'ready\ncaught\n' })
  })

  it('says when there is no such command', async () => {
    const { exitCode, stderr } = await runCommand(withEngine, ['no-such-command'], options)
    expect(exitCode).toBe(127)
    expect(stderr).toContain('cannot run no-such-command')
  })
})
