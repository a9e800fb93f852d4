import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { engineEnvironment, quietEnvironment } from '../schema-engine/engine-environment.mjs'
import { type PrismaMajor, repositoryRoot, workspaceDir } from './paths.js'
import { runDir } from './test-run.js'

/** Variables of whoever runs the tests that would change what the commands under test do; the last line are the marks of AI agents. */
const NOT_INHERITED = new RegExp(
  '^(VITEST|NODE_ENV$|NODE_OPTIONS$|DATABASE_URL$|DIRECT_URL$|PRISMA_|SAFE_MIGRATE_|CI$|FORCE_COLOR$|GITHUB_|PG[A-Z]+$|INIT_CWD$|npm_|' +
    'CLAUDECODE|CODEX_|GEMINI_CLI|QWEN_CODE|CURSOR_AGENT|COPILOT_CLI|OPENCODE|CLINE_|CRUSH|AUGMENT_AGENT|ANTIGRAVITY_|REPLIT_|OR_APP_NAME|AI_AGENT|AGENT$)',
)

/** Folder of the `prisma` package that a fixture of this version uses. */
export function prismaPackageDir(prisma: PrismaMajor): string {
  return dirname(createRequire(join(workspaceDir(prisma), 'package.json')).resolve('prisma/package.json'))
}

/** The environment in which a test runs Prisma and safe-migrate: no colours, no update checks, and a schema engine. */
export function childEnvironment(prisma: PrismaMajor, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name, value]) => value !== undefined && !NOT_INHERITED.test(name))
  const env = Object.fromEntries(inherited) as Record<string, string>
  return { ...env, ...compileCache(), NO_COLOR: '1', ...quietEnvironment, ...engineEnvironment(prismaPackageDir(prisma), env), ...extra }
}

/** Prisma compiles itself once a test run, not once a command. */
const compileCache = () => ({
  NODE_OPTIONS: `--require="${join(repositoryRoot, 'test', 'helpers', 'compile-cache.cjs')}"`,
  SAFE_MIGRATE_TEST_COMPILE_CACHE: join(runDir(), 'compile-cache'),
})
