import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/parse.js'
import type { ConfigInput } from '../../src/config/schema.js'
import { type Selection, selectEnvironment } from '../../src/config/select-environment.js'

const CONFIG: ConfigInput = {
  onLoss: 'keep',
  rules: { 'drop-column': 'warn', 'set-not-null': 'warn' },
  protect: { tables: ['User'] },
  environments: {
    production: {
      hosts: ['*.example.com'],
      databases: ['shop', 'shop_eu'],
      protected: true,
      onLoss: 'restore',
      rules: { 'drop-column': 'block' },
      protect: { tables: ['billing.*'] },
    },
    company: { hosts: ['*.EXAMPLE.com'] },
    local: { hosts: ['localhost'] },
    ci: { variables: { CI: 'true' } },
    sandbox: {},
  },
}
const target = (host: string | null, name = 'shop') => ({ host, name })
const select = async (at: ReturnType<typeof target> | null, selection?: Selection) =>
  selectEnvironment(await parseConfig(CONFIG, 'test'), at, selection)

describe('the environment', () => {
  it('is the first that matches the target, its settings above the general ones', async () => {
    expect(await select(target('DB.example.com'))).toMatchObject({
      environment: 'production',
      protectedBy: 'production',
      onLoss: 'restore',
      onFailure: 'keep',
      rules: { 'drop-column': 'block', 'set-not-null': 'warn' },
      protect: { tables: ['User', 'billing.*'], columns: [] },
    })
    expect(await select(target('db.example.com', 'blog'))).toMatchObject({ environment: 'company', protectedBy: null, onLoss: 'keep' })
    expect(await select(target('elsewhere.org'))).toMatchObject({ environment: null, protectedBy: null, rules: CONFIG.rules })
  })
  it('of a socket or a file is that of localhost', async () => {
    expect((await select(target(null, '/srv/app/dev.db'))).environment).toBe('local')
    const config = await parseConfig({ environments: { file: { databases: ['dev.*'] } } }, 'test')
    expect((await selectEnvironment(config, target(null, '/srv/app/dev.db'))).environment).toBe('file')
  })
  it('is the one that is named, on the command line before the variable', async () => {
    const variables = { SAFE_MIGRATE_ENVIRONMENT: 'company' }
    expect((await select(null, { variables })).environment).toBe('company')
    expect((await select(null, { variables, name: 'sandbox' })).environment).toBe('sandbox')
    expect((await select(null, { variables: { SAFE_MIGRATE_ENVIRONMENT: '' } })).environment).toBe(null)
  })
  it('named otherwise does not take away a protection', async () => {
    expect(await select(target('db.example.com'), { name: 'sandbox' })).toMatchObject({ environment: 'sandbox', protectedBy: 'production' })
    expect(await select(target('localhost'), { name: 'production' })).toMatchObject({ protectedBy: 'production' })
  })
  it('may be told by variables, also where there is no target', async () => {
    expect((await select(null, { variables: { CI: 'true' } })).environment).toBe('ci')
    expect((await select(null, { variables: { CI: '1' } })).environment).toBe(null)
    expect((await select(null)).environment).toBe(null)
  })
  it('that is not configured is refused with the nearest', async () => {
    await expect(select(null, { name: 'prodution' })).rejects.toThrow(
      'There is no environment "prodution" in the configuration; did you mean production?',
    )
    await expect(select(null, { name: 'toString' })).rejects.toThrow('There is no environment "toString"')
  })
})

describe('a wrong configuration', () => {
  const problemsOf = (config: unknown) =>
    parseConfig(config, 'test').then(
      () => [],
      (error: Error) =>
        error.message
          .split('\n')
          .slice(1)
          .map((line) => line.trim()),
    )
  it('of rules says everything at once', async () => {
    const rules = { 'drop-colum': 'warn', 'drop-database': 'warn', 'drop-table': 'off', 'set-not-null': 'error', 'add-unique': 'off' }
    expect(await problemsOf({ rules, environments: { ci: { rules: { 'truncate-cascade': 'info' } } }, onLos: 'keep' })).toEqual([
      expect.stringMatching(/^rules\.set-not-null: Invalid option/),
      'onLos: unknown setting; did you mean onLoss?',
      'rules.drop-colum: there is no such rule; did you mean drop-column?',
      'rules.drop-database: it finds what is catastrophic and always blocks; accept a single statement instead',
      'rules.drop-table: what it finds is always reported; its lowest level is info',
      'environments.ci.rules.truncate-cascade: it finds what is catastrophic and always blocks; accept a single statement instead',
    ])
  })
  it('names the nearest setting of the place', async () => {
    expect(await problemsOf({ protect: { table: [] }, environments: { ci: { host: ['x'], directory: 'y' } } })).toEqual([
      'protect.table: unknown setting; did you mean tables?',
      'environments.ci.host: unknown setting; did you mean hosts?',
      'environments.ci.directory: unknown setting',
    ])
    expect(await problemsOf({ rules: 1, environments: { ci: 2 } })).toHaveLength(2)
    expect(await problemsOf('nonsense')).toHaveLength(1)
  })
})
