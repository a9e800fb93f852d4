import { describe, expect, it } from 'vitest'
import { findUnapprovedAgent } from '../../src/project/ai-agent.js'

const find = (environment: Record<string, string>, files: readonly string[] = []) =>
  findUnapprovedAgent(environment, (file) => files.includes(file))

describe('AI agents, by the marks that Prisma goes by', () => {
  it.each([
    ['Claude Code', { CLAUDECODE: '1' }],
    ['Codex CLI', { CODEX_SANDBOX: 'seatbelt' }],
    ['Codex CLI', { CODEX_THREAD_ID: 'x' }],
    ['Gemini CLI', { GEMINI_CLI: '1' }],
    ['Cursor', { CURSOR_AGENT: '1' }],
    ['OpenCode', { OPENCODE_CLIENT: 'cli' }],
    ['Goose', { AGENT: 'goose' }],
    ['Amp', { AGENT: 'amp' }],
    ['Aider', { OR_APP_NAME: 'Aider' }],
    ['Replit Agent', { REPLIT_SESSION: 'agent-1' }],
    ['Replit', { REPLIT_CLI: '1' }],
    ['an AI agent', { AI_AGENT: '1' }],
    ['an AI agent', { AGENT: 'some-new-one' }],
  ])('%s: %o', (agent, environment) => {
    expect(find(environment)).toBe(agent)
    expect(find({ ...environment, PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION: 'yes, reset it' })).toBeNull()
    expect(find({ ...environment, PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION: '' })).toBe(agent)
  })

  it('a person has none of them', () => {
    expect(find({})).toBeNull()
    expect(find({ CLAUDECODE: '', OR_APP_NAME: 'other', REPLIT_SESSION: 'person-1', TERM: 'xterm' })).toBeNull()
  })

  it('Devin is known by its folder', () => {
    expect(find({}, ['/opt/.devin'])).toBe('Devin')
  })
})
