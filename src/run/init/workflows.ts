import { existsSync } from 'node:fs'
import path from 'node:path'
import type { GitSettings } from './git-settings.js'
import { type InitContext, type PlannedFile, planFile } from './planned-file.js'
import { cronLine, snapshotWorkflow } from './snapshot-schedule.js'
import { environmentOf, quote, setUp, type WorkflowFacts, workingDirectory } from './workflow-parts.js'

export const DEPLOY_WORKFLOW = 'safe-migrate-deploy.yml'
export const SNAPSHOT_WORKFLOW = 'safe-migrate-snapshot.yml'

export function planWorkflows(context: InitContext, facts: WorkflowFacts, settings: GitSettings): PlannedFile[] {
  const folder = path.join(context.top, '.github', 'workflows')
  const plan = (name: string, content: string | null, why: string) =>
    planFile(context, path.join(folder, name), (before) => {
      if (before !== null) return { after: before, notes: before === content ? [] : ['It is there already, and stays as it is.'] }
      return content === null ? { after: null, notes: [why] } : { after: content }
    })
  const isElsewhere =
    !existsSync(path.join(context.top, '.github')) &&
    settings.remoteHosts.length > 0 &&
    !settings.remoteHosts.some((host) => /github/.test(host))
  const elsewhere = `No GitHub workflow: the repository is on ${settings.remoteHosts[0] ?? 'another host'}. Its pipeline can run: ${facts.manager.run('safe-migrate check')}`
  const atTheFile = `No workflow for releases: the database is a file. Where it lies, run: ${facts.manager.run('safe-migrate deploy')}`
  return [
    plan('safe-migrate-check.yml', isElsewhere ? null : checkWorkflow(context, facts), elsewhere),
    plan(DEPLOY_WORKFLOW, isElsewhere || !facts.isServer ? null : deployWorkflow(context, facts), isElsewhere ? elsewhere : atTheFile),
    plan(
      SNAPSHOT_WORKFLOW,
      isElsewhere || !facts.isServer ? null : snapshotWorkflow(context, facts),
      `A snapshot every day: crontab -e, and add the line: ${cronLine(context, facts)}`,
    ),
  ]
}

function checkWorkflow(context: InitContext, facts: WorkflowFacts): string {
  const check = facts.manager.run('safe-migrate check --changed --base "origin/$BASE"')
  return `# Judges the migrations of a pull request, without a database. Written by safe-migrate init, which never overwrites it.
name: safe-migrate check

on:
  pull_request:
    paths:
${facts.watched.map((folder) => `      - ${quote(folder === '' ? '**' : `${folder}/**`)}`).join('\n')}

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
${workingDirectory(context)}    env:
      BASE: \${{ github.base_ref }}
    steps:
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0 # the branch that it is compared with, too
${setUp(context, facts)}
      - name: Findings, at their lines and in the summary
        run: ${check} --format github
`
}

function deployWorkflow(context: InitContext, facts: WorkflowFacts): string {
  return `# Applies the pending migrations of a release. Written by safe-migrate init, which never overwrites it.
name: safe-migrate deploy

on:
  workflow_dispatch:
  push:
    tags: ['v*']

permissions:
  contents: read

# One after the other; none is cancelled half-way.
concurrency:
  group: safe-migrate-deploy
  cancel-in-progress: false

jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
${workingDirectory(context)}    steps:
      - uses: actions/checkout@v5
${setUp(context, facts)}
      # The snapshot lies on this runner and goes with it, so what goes wrong is restored at once. It is not uploaded: it holds your data.
      # To keep snapshots, use a runner of your own with \`directory\` in safe-migrate.config outside of the checkout; then --on-loss keep is possible too.
      # pg_dump must be at least as new as the server; where the runner's is older, install postgresql-client of the server's version here.
      - name: Migrate
        run: ${facts.manager.run('safe-migrate deploy --on-failure restore --on-loss restore')}
        env:
${environmentOf(facts)}
`
}
