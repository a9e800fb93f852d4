import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content)

it('has defaults for everything', async () => {
  expect(await loadConfig(folder)).toEqual({
    directory: '.safe-migrate',
    engine: 'auto',
    commands: null,
    encryption: null,
    storage: null,
    rehearse: false,
    onLoss: 'keep',
    onFailure: 'keep',
    lockTimeout: 10000,
    impactTimeout: 10000,
    impactBudget: 60000,
    verify: { level: 'rows', tables: {}, budget: null },
    showValues: false,
    groups: {},
    rules: {},
    files: [],
    fileReferences: [],
    imports: {},
    retention: null,
    reserve: 100_000_000,
    protect: { tables: [], columns: [] },
    invariants: [],
    invariantTimeout: 60000,
    criticalModels: [],
    environments: {},
  })
})

it.each([
  ['safe-migrate.config.ts', "const what: 'restore' = 'restore'\nexport default { onLoss: what }\n"],
  ['safe-migrate.config.mjs', "export default { onLoss: 'restore' }\n"],
  ['safe-migrate.config.json', '{ "onLoss": "restore" }'],
  ['package.json', '{ "safe-migrate": { "onLoss": "restore" } }'],
])('reads %s', async (name, content) => {
  write(name, content)
  expect(await loadConfig(folder)).toMatchObject({ onLoss: 'restore', onFailure: 'keep' })
})

it('a loss can be salvaged, a failure cannot', async () => {
  write('safe-migrate.config.json', '{ "onLoss": "salvage", "environments": { "ci": { "onLoss": "salvage" } } }')
  expect(await loadConfig(folder)).toMatchObject({ onLoss: 'salvage', environments: { ci: { onLoss: 'salvage' } } })
  write('safe-migrate.config.json', '{ "onFailure": "salvage" }')
  await expect(loadConfig(folder)).rejects.toThrow('onFailure')
})

it('names every problem at once, unknown settings with the nearest one', async () => {
  write('safe-migrate.config.json', '{ "onLos": "restore", "lockTimeout": "long", "engine": "" }')
  await expect(loadConfig(folder)).rejects.toThrow(/3 problems[\s\S]*lockTimeout[\s\S]*onLos: unknown setting; did you mean onLoss\?/)
})

it('refuses two places', async () => {
  write('safe-migrate.config.json', '{}')
  write('package.json', '{ "safe-migrate": {} }')
  await expect(loadConfig(folder)).rejects.toThrow('more than one place: safe-migrate.config.json, package.json#safe-migrate')
})

it('says what is wrong with a file that cannot be read', async () => {
  write('safe-migrate.config.json', '{ nonsense')
  await expect(loadConfig(folder)).rejects.toThrow('safe-migrate.config.json cannot be loaded')
})
