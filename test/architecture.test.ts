import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../src/commands/index.js'
import { databases } from '../src/databases/index.js'
import { engines } from '../src/snapshots/engines/index.js'
import { repositoryRoot } from './helpers/paths.js'

const source = path.join(repositoryRoot, 'src')
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

/** DESIGN.md §3: imports only point down this list. errors.ts may be imported by all. */
const LAYERS = [
  'index.ts',
  'cli',
  'commands',
  'reporters',
  'run',
  'imports',
  'verify',
  'snapshots',
  'findings',
  'config',
  'rules',
  'project',
  'databases',
  'sql',
  'util',
]

const layerOf = (file: string) => LAYERS.indexOf(file.split(path.sep)[0] ?? '')
const read = (file: string) => readFileSync(path.join(source, file), 'utf8')

function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name = '']) => name)
}

describe('imports', () => {
  it.each(files.filter((file) => file !== 'errors.ts'))('%s imports only what is below it', (file) => {
    expect(layerOf(file)).toBeGreaterThanOrEqual(0)
    for (const name of importsOf(file).filter((one) => one.startsWith('.'))) {
      const target = path.join(path.dirname(file), name)
      if (target !== 'errors.js')
        expect(layerOf(target.replace(/\.js$/, '.ts')), `${file} imports ${name}`).toBeGreaterThanOrEqual(layerOf(file))
    }
  })

  it('only src/cli touches the terminal', () => {
    const touching = files.filter(
      (file) => !file.startsWith('cli') && /@clack\/|process\.(?:stdout|stderr|stdin|exit|exitCode|argv|on)\b|console\./.test(read(file)),
    )
    expect(touching).toEqual([])
  })

  it('only src/project names Prisma’s command', () => {
    expect(files.filter((file) => /from 'execa'/.test(read(file)) && !/^(project|snapshots|databases)/.test(file))).toEqual([])
  })

  it('nothing outside a database’s folder asks which database it is', () => {
    const asking = files.filter((file) => !/^databases/.test(file) && /(?:===|!==|case)\s*'(?:postgresql|sqlite|mysql)'/.test(read(file)))
    expect(asking).toEqual([])
  })
})

describe('what is loaded', () => {
  // Each of these costs more than all of our own files that a command needs to start.
  const HEAVY = [
    'zod',
    'pg',
    'pg-copy-streams',
    'better-sqlite3',
    'libpg-query',
    'sqlite3-parser',
    'c12',
    'jiti',
    'execa',
    '@clack/prompts',
    'age-encryption',
    '@aws-sdk/client-s3',
    '@aws-sdk/lib-storage',
  ]

  it('with the command line is nothing heavy', () => {
    expect(loadedWith('cli/main.ts')).toContain('commander')
    expect([...loadedWith('cli/main.ts')].filter((name) => HEAVY.includes(name))).toEqual([])
  })

  it('for judging files is nothing that validates or connects', () => {
    const needed = ['commands/check-input.ts', 'findings/check-files.ts', 'findings/acceptance-file.ts', 'reporters/text.ts']
    const parsers = databases.map(({ id }) => `databases/${id}/parse.ts`)
    for (const file of [...needed, ...parsers]) expect([...loadedWith(file)].filter((name) => HEAVY.includes(name))).toEqual([])
  })
})

/** Packages that are loaded with a file; `import type` loads nothing, and `import()` nothing yet. */
function loadedWith(entry: string): ReadonlySet<string> {
  const packages = new Set<string>()
  const seen = new Set([entry])
  for (const file of seen) {
    for (const [, name = ''] of read(file).matchAll(/^(?:import|export)\s(?!type\b)(?:[^'"]*?from\s)?'([^']+)'/gm)) {
      const near = path.join(path.dirname(file), name)
      if (name.startsWith('.')) seen.add(existsSync(path.join(source, near)) ? near : near.replace(/\.js$/, '.ts'))
      else packages.add(name)
    }
  }
  return packages
}

it('no file is over 350 lines', () => {
  expect(files.filter((file) => read(file).split('\n').length > 350)).toEqual([])
})

it('no any, no suppressed error', () => {
  expect(files.filter((file) => /:\s*any\b|\bas any\b|@ts-ignore|@ts-expect-error|as unknown as/.test(read(file)))).toEqual([])
})

describe('lists', () => {
  it('names are unique, and files are named after their members', () => {
    const names = commands.map((command) => command.name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(files).toContain(path.join('commands', `${name.replace(' ', '-')}.ts`))
    for (const engine of engines) expect(files).toContain(path.join('snapshots', 'engines', `${engine.id}.ts`))
    for (const database of databases) expect(files).toContain(path.join('databases', database.id, `${database.id}.ts`))
  })
})
