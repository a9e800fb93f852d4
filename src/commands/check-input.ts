import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { SafeMigrateError } from '../errors.js'
import { findChangedMigrations } from '../project/changed-migrations.js'
import { listMigrationFolders } from '../project/history.js'
import { readSql } from '../project/read-sql.js'
import type { LocatedProject } from '../project/resolve-project.js'
import type { MigrationProblem } from '../run/report.js'
import type { SqlSource } from '../sql/statement.js'

/** What `check` reads. */
export interface CheckInput {
  /** In the order in which Prisma applies them, then those outside of the project as they were given. */
  readonly sources: readonly SqlSource[]
  /** Those of them that are judged; the others tell what the tables look like. */
  readonly judged: ReadonlySet<SqlSource>
  /** Folder that the sources' files are relative to. */
  readonly base: string
  /** The sources are all migrations of the project. */
  readonly isWhole: boolean
  readonly historyProblems: readonly MigrationProblem[]
  /** What `--changed` compared with. */
  readonly changedSince?: string
}

type Files = Pick<LocatedProject, 'root' | 'migrationsDir'>

const STDIN = '<stdin>'

/** Files, folders of migrations and `-`, as they were given. */
export function readGiven(words: readonly string[], cwd: string, project: Files | null): CheckInput {
  const files = new Set(words.flatMap((word) => findFiles(word, cwd)))
  const own = project === null ? [] : listMigrations(project.migrationsDir)
  const last = own.findLastIndex((file) => files.has(file))
  const listed = own.slice(0, last + 1)
  const others = [...files].filter((file) => !listed.includes(file))
  const read = [...listed, ...others].map((file) => ({ source: readSource(file, cwd), isJudged: files.has(file) }))
  const judged = new Set(read.flatMap(({ source, isJudged }) => (isJudged ? [source] : [])))
  return { sources: read.map(({ source }) => source), judged, base: cwd, isWhole: false, historyProblems: [] }
}

/** Every migration of the project. */
export function readAll(project: Files): CheckInput {
  const sources = listMigrations(project.migrationsDir).map((file) => readSource(file, project.root))
  return { sources, judged: new Set(sources), base: project.root, isWhole: true, historyProblems: findEmptyFolders(project) }
}

/** The migrations that git says are new or other than in the base; those that should not be other are problems. */
export function readChanged(project: Files, base: string | null): CheckInput {
  const changed = findChangedMigrations(project.migrationsDir, project.root, base)
  const same = (list: readonly string[]) => new Set(list.map((file) => path.basename(path.dirname(file))))
  const [added, edited, deleted] = [same(changed.added), same(changed.edited), same(changed.deleted)]
  const files = listMigrations(project.migrationsDir)
  const isChanged = (file: string) => added.has(nameOf(file)) || edited.has(nameOf(file))
  const last = files.findLastIndex(isChanged)
  const sources = files.slice(0, last + 1).map((file) => readSource(file, project.root))
  const where = changed.base ?? 'the base'
  return {
    sources,
    judged: new Set(sources.filter(({ migration }) => added.has(migration) || edited.has(migration))),
    base: project.root,
    isWhole: false,
    historyProblems: [
      ...[...edited].map((name) =>
        problem(
          project,
          name,
          `${name} was changed after ${where} had it: where it is applied it does not run again, and prisma migrate dev asks for a reset.`,
        ),
      ),
      ...[...deleted].map((name) =>
        problem(
          project,
          name,
          `${name} was deleted or renamed, and ${where} has it: where it is applied, prisma migrate dev asks for a reset.`,
        ),
      ),
      ...findEmptyFolders(project),
    ],
    ...(changed.base === null ? {} : { changedSince: changed.base }),
  }
}

function findEmptyFolders(project: Files): readonly MigrationProblem[] {
  return listMigrationFolders(project.migrationsDir)
    .filter((name) => !existsSync(path.join(project.migrationsDir, name, 'migration.sql')))
    .map((name) => problem(project, name, `${name} has no migration.sql: Prisma refuses to run with such a folder (P3015).`))
}

function problem(project: Files, migration: string, message: string): MigrationProblem {
  const file = path.relative(project.root, path.join(project.migrationsDir, migration, 'migration.sql'))
  return { migration, location: { file, line: 1, column: 1, endLine: 1, endColumn: 1 }, message }
}

function listMigrations(folder: string): readonly string[] {
  return listMigrationFolders(folder)
    .map((name) => path.join(folder, name, 'migration.sql'))
    .filter((file) => existsSync(file))
}

function findFiles(given: string, cwd: string): readonly string[] {
  if (given === '-') return [STDIN]
  const file = path.resolve(cwd, given)
  if (!existsSync(file))
    throw new SafeMigrateError({ code: 'usage', message: `No such file: ${given}`, next: ['Paths are relative to where you are.'] })
  if (!statSync(file).isDirectory()) return [file]
  const inside = path.join(file, 'migration.sql')
  if (existsSync(inside)) return [inside]
  const migrations = listMigrations(file)
  if (migrations.length > 0) return migrations
  const loose = readdirSync(file)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  if (loose.length > 0) return loose.map((name) => path.join(file, name))
  throw new SafeMigrateError({
    code: 'usage',
    message: `There is no migration and no .sql file in ${given}.`,
    next: ['Name SQL files, folders of single migrations, or a folder of migrations.'],
  })
}

function readSource(file: string, base: string): SqlSource {
  if (file === STDIN) return { migration: STDIN, file: STDIN, sql: readSql(0, STDIN) }
  const shown = path.relative(base, file)
  return { migration: nameOf(file), file: shown, sql: readSql(file, shown) }
}

function nameOf(file: string): string {
  return path.basename(file) === 'migration.sql' ? path.basename(path.dirname(file)) : path.basename(file)
}
