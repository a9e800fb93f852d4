import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { RunOptions } from '../../../src/run/run.js'
import { createSnapshot } from '../../../src/run/snapshots.js'
import { hiddenTrigger } from '../../helpers/hidden-trigger.js'
import type { TestProject } from '../../helpers/make-project.js'

export interface Operation {
  readonly name: string
  readonly words: readonly string[]
  arrange(project: TestProject, options: RunOptions): Promise<void>
  /** Of the run that nobody kills. */
  readonly exitCode: number
  /** Steps that it must have, so that the table cannot become empty unnoticed. */
  readonly steps: readonly string[]
  /** On PostgreSQL, where a state costs a start of the server: steps that another operation has in the same code. */
  readonly known?: readonly string[]
}

const ADDS = 'ALTER TABLE "users" ADD COLUMN "nickname" TEXT;\n'
const FAILS = `${ADDS}INSERT INTO "Profile" ("userId", "bio") VALUES (1, 'twice');\n`
const LOSES = `ALTER TABLE "BlogPost" ADD COLUMN "slug" TEXT;\nUPDATE "BlogPost" SET "slug" = 'post';\n`
const MIGRATES = ['start', 'snapshot', 'snapshot-taken', 'migrate', 'prisma', 'migrated', 'compare', 'judged', 'end']
export const addMigration = (sql: string) => async (project: TestProject) => project.addMigration('20250101000000_change', sql)

/** A new command that keeps a journal is one line here: every step that its run writes is killed after, on both databases. */
export const OPERATIONS: readonly Operation[] = [
  { name: 'deploy', words: ['deploy'], arrange: addMigration(ADDS), exitCode: 0, steps: MIGRATES },
  {
    name: 'deploy that fails and restores',
    words: ['deploy', '--on-failure', 'restore'],
    arrange: addMigration(FAILS),
    exitCode: 3,
    steps: ['judged', 'restore', 'restored', 'end'],
    known: MIGRATES.slice(0, -1),
  },
  {
    name: 'dev',
    words: ['dev', '--name', 'nickname'],
    arrange: async (project) => {
      const schema = readFileSync(path.join(project.dir, 'prisma', 'schema.prisma'), 'utf8')
      project.write('prisma/schema.prisma', schema.replace(/(\n\s+name\s+String\?)/, '$1\n  nickname String?'))
    },
    exitCode: 0,
    steps: ['migrate', 'prisma', 'settled', 'migrate', 'prisma', 'migrated', 'judged', 'end'],
    known: ['start', 'snapshot', 'snapshot-taken', 'compare', 'judged', 'end'],
  },
  {
    name: 'restore',
    words: ['restore', '--yes'],
    arrange: async (project, options) => {
      await createSnapshot(options)
      await project.query('UPDATE "users" SET "name" = \'changed\'; DELETE FROM "Profile"; ALTER TABLE "users" ADD COLUMN "nickname" TEXT')
    },
    exitCode: 0,
    steps: ['start', 'restore', 'restored', 'end'],
  },
  {
    name: 'salvage',
    words: ['salvage', '--yes'],
    arrange: async (project) => {
      await addMigration(LOSES)(project)
      const shout = hiddenTrigger(project.provider, 'UPDATE "BlogPost" SET "Title" = upper("Title")')
      for (const statement of shout) await project.query(statement)
      expect((await project.safeMigrate('deploy')).exitCode).toBe(6)
    },
    exitCode: 0,
    steps: ['start', 'rows', 'commit', 'rows-restored', 'end'],
  },
  {
    name: 'rehearse',
    words: ['rehearse'],
    arrange: addMigration(ADDS),
    exitCode: 0,
    steps: ['start', 'rehearse', 'rehearsal-prisma', 'rehearsed', 'end'],
  },
]
