import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { findConfigPlaces, loadConfig } from '../../config/load.js'
import { SafeMigrateError } from '../../errors.js'
import { findRepository } from '../../project/repository.js'
import type { LocatedProject } from '../../project/resolve-project.js'
import { planConfigFile, usesTypeScript } from './config-file.js'
import { readGitSettings } from './git-settings.js'
import { planHook } from './hook.js'
import { planIgnoreFile } from './ignore-file.js'
import { findPackageManager } from './package-manager.js'
import type { InitContext, PlannedFile } from './planned-file.js'
import { planScripts } from './scripts.js'
import { cronLine, findProgramFolders, RECIPIENT } from './snapshot-schedule.js'
import type { WorkflowFacts } from './workflow-parts.js'
import { DEPLOY_WORKFLOW, planWorkflows, SNAPSHOT_WORKFLOW } from './workflows.js'

export interface InitPlan {
  readonly files: readonly PlannedFile[]
  /** What has to be done besides, line by line. */
  readonly next: readonly string[]
}

const texts = z.record(z.string(), z.string())
const packageSchema = z.looseObject({
  name: z.string().optional(),
  scripts: texts.default({}),
  dependencies: texts.default({}),
  devDependencies: texts.default({}),
  packageManager: z.string().optional(),
})
type Package = z.infer<typeof packageSchema>

/**
 * Every file of the project that safe-migrate has a part in, as it is and as it should be. Reads only.
 * @param searchPath the PATH of whoever asks
 */
export async function planInit(project: LocatedProject, searchPath: string): Promise<InitPlan> {
  const { root } = project
  const top = findRepository(root) ?? root
  const context: InitContext = { root, top, inside: slashes(path.relative(top, root)) }
  const own = readPackage(root)
  const common = top === root ? own : readPackage(top)
  const dependencies = { ...common.dependencies, ...common.devDependencies, ...own.dependencies, ...own.devDependencies }
  const isInstalled = own.name === 'safe-migrate' || Object.hasOwn(dependencies, 'safe-migrate')
  const declared = own.packageManager ?? common.packageManager ?? null
  const manager = findPackageManager(root, top, declared)
  const settings = readGitSettings(top)
  const { directory } = await loadConfig(root)
  const facts: WorkflowFacts = {
    manager,
    namesManagerVersion: declared !== null,
    watched: watchedFolders(project, top),
    variables: readVariables(project),
    isServer: !project.database.traits.isFile,
    directory,
    programFolders: findProgramFolders([manager.run('').split(' ')[0] ?? '', 'node'], searchPath),
  }
  const workflows = planWorkflows(context, facts, settings)
  return {
    files: [
      planScripts(context, own.scripts),
      planIgnoreFile(context, directory),
      ...(findConfigPlaces(root).length > 0 ? [] : [planConfigFile(context, usesTypeScript(root, dependencies))]),
      planHook(context, manager, settings, dependencies.husky ?? null),
      ...workflows,
    ],
    next: [
      ...(isInstalled ? [] : [`Install it for everybody: ${manager.addDev('safe-migrate')}`]),
      ...adviseOnWorkflows(context, facts, workflows),
    ],
  }
}

/** @throws SafeMigrateError `config` */
function readPackage(folder: string): Package {
  const file = path.join(folder, 'package.json')
  try {
    return packageSchema.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})
  } catch (cause) {
    throw new SafeMigrateError({
      code: 'config',
      message: `${file} cannot be read as a package.json.`,
      next: ['Correct it: npm pkg get'],
      cause,
    })
  }
}

/** Folders of the schema and the migrations, the inner ones left out. */
function watchedFolders({ schemaPath, migrationsDir }: LocatedProject, top: string): string[] {
  const folders = [...new Set([path.dirname(schemaPath), migrationsDir].map((folder) => slashes(path.relative(top, folder))))]
  return folders.filter((folder) => !folders.some((other) => other !== folder && (other === '' || folder.startsWith(`${other}/`))))
}

/** Names of the environment variables with connection URLs; Prisma's own default when the files name none. */
function readVariables({ prisma, config, datasource }: LocatedProject): string[] {
  const values = prisma.major >= 7 ? [] : [datasource.url, datasource.directUrl]
  const named = values.flatMap((value) => (value !== null && 'variable' in value ? [value.variable] : []))
  const text = config.path === null ? '' : readFileSync(config.path, 'utf8')
  const inDatasource = /\bdatasource\s*:\s*\{([^}]*)\}/.exec(text)?.[1] ?? ''
  const url = /\b(?:url|directUrl)\s*:[^,\n]*/g
  const read = (inDatasource.match(url) ?? []).flatMap((part) =>
    [...part.matchAll(/\benv(?:\.|\[\s*['"]|(?:<[^>]*>)?\(\s*['"])(\w+)/g)].map(([, name = '']) => name),
  )
  const all = [...new Set([...named, ...read])]
  return all.length > 0 ? all : ['DATABASE_URL']
}

function adviseOnWorkflows(context: InitContext, facts: WorkflowFacts, workflows: readonly PlannedFile[]): string[] {
  const isNew = (name: string) => workflows.some(({ after, before, file }) => after !== null && before === null && file.endsWith(name))
  const urls = facts.variables.join(' and ')
  return [
    ...(isNew(DEPLOY_WORKFLOW)
      ? [`For releases: add ${urls} to the secrets of the environment "production", on GitHub under Settings, Environments.`]
      : []),
    ...(isNew(SNAPSHOT_WORKFLOW)
      ? [
          `For daily snapshots: add ${urls} to the secrets of the environment "snapshots", and ${RECIPIENT} to its variables: the public key that age-keygen -o snapshot-key.txt prints.`,
          '  They are uploaded encrypted for that key only: everybody who can read the repository can download its artifacts.',
          '  Without GitHub: crontab -e, and add the line:',
          `  ${cronLine(context, facts)}`,
        ]
      : []),
  ]
}

function slashes(file: string): string {
  return file.split(path.sep).join('/')
}
