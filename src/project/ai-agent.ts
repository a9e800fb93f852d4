import { existsSync } from 'node:fs'
import type { Environment } from './environment.js'

/** Set, to the words in which a person agreed, by an agent that asked. Prisma's own name for it; never set by us. */
export const CONSENT_VARIABLE = 'PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION'

/** Present when these variables are set to anything. Prisma 7.10, packages/migrate/src/utils/ai-safety.ts; REPLIT_CLI is from Prisma 6. */
const VARIABLES: readonly (readonly [agent: string, ...variables: string[]])[] = [
  ['Claude Code', 'CLAUDECODE'],
  ['Codex CLI', 'CODEX_THREAD_ID', 'CODEX_CI', 'CODEX_SANDBOX', 'CODEX_SANDBOX_NETWORK_DISABLED'],
  ['Gemini CLI', 'GEMINI_CLI'],
  ['Qwen Code', 'QWEN_CODE'],
  ['Cursor', 'CURSOR_AGENT'],
  ['GitHub Copilot CLI', 'COPILOT_CLI'],
  ['OpenCode', 'OPENCODE', 'OPENCODE_CLIENT'],
  ['Cline', 'CLINE_ACTIVE'],
  ['Crush', 'CRUSH'],
  ['Augment Code', 'AUGMENT_AGENT'],
  ['Antigravity', 'ANTIGRAVITY_AGENT'],
  ['Replit', 'REPLIT_CLI'],
]

const DEVIN_FOLDER = '/opt/.devin'

/** Name of the AI agent that runs this process, by the marks that Prisma goes by; null without one, or when a person has consented. */
export function findUnapprovedAgent(
  environment: Environment = process.env,
  fileExists: (file: string) => boolean = existsSync,
): string | null {
  const agent = findAgent(environment, fileExists)
  return agent === null || environment[CONSENT_VARIABLE] ? null : agent
}

function findAgent(environment: Environment, fileExists: (file: string) => boolean): string | null {
  const known = VARIABLES.find(([, ...variables]) => variables.some((name) => environment[name]))
  if (known !== undefined) return known[0]
  if (environment.AGENT === 'goose') return 'Goose'
  if (environment.AGENT === 'amp') return 'Amp'
  if (environment.OR_APP_NAME === 'Aider') return 'Aider'
  if (environment.REPLIT_SESSION?.startsWith('agent-')) return 'Replit Agent'
  if (fileExists(DEVIN_FOLDER)) return 'Devin'
  return environment.AI_AGENT || environment.AGENT ? 'an AI agent' : null
}
