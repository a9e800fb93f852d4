import { existsSync } from 'node:fs'
import path from 'node:path'
import type { InitContext } from './planned-file.js'
import { environmentOf, setUp, type WorkflowFacts, workingDirectory } from './workflow-parts.js'

/** The variable of GitHub's that names who can read the snapshots. */
export const RECIPIENT = 'SNAPSHOT_RECIPIENT'
const COMMAND = 'safe-migrate snapshot create --if-changed'
// An odd minute: at full hours everybody's jobs start, and GitHub drops some.
const EVERY_DAY = '17 3 * * *'

/**
 * Artifacts can be downloaded by everybody who can read the repository, so the workflow encrypts what it uploads, whatever the
 * configuration says. https://docs.github.com/en/actions/how-tos/manage-workflow-runs/download-workflow-artifacts
 */
export function snapshotWorkflow(context: InitContext, facts: WorkflowFacts): string {
  const folder = shellQuote(facts.directory)
  return `# Takes a snapshot of the database every day. Written by safe-migrate init, which never overwrites it.
#
# Everybody who can read this repository can download its artifacts; of a public one, that is everybody. So nothing is uploaded but what
# only the owner of a key can read. Make the key with \`age-keygen -o snapshot-key.txt\`, keep that file outside of this repository, and save
# the public key that it prints as the variable ${RECIPIENT} of the environment "snapshots" (Settings, Environments).
# To have snapshots back: age --decrypt --identity snapshot-key.txt snapshots.tar.age | tar -x -C ${folder}
name: safe-migrate snapshot

on:
  workflow_dispatch:
  schedule:
    - cron: '${EVERY_DAY}' # UTC. In a public repository GitHub ends schedules after 60 days without activity.

permissions:
  contents: read

# One after the other; none is cancelled half-way.
concurrency:
  group: safe-migrate-snapshot
  cancel-in-progress: false

jobs:
  snapshot:
    runs-on: ubuntu-latest
    # Without reviewers, who would have to agree every day. A role that may only read is enough for its connection URL.
    environment: snapshots
${workingDirectory(context)}    steps:
      - name: Who can read the snapshots
        working-directory: .
        run: test -n "$${RECIPIENT}" || { echo "::error::Save the public key of age-keygen as the variable ${RECIPIENT} of the environment snapshots."; exit 1; }
        env:
${recipient()}
      - uses: actions/checkout@v5
${setUp(context, facts)}
      # A runner of GitHub's begins without snapshots, and takes one each time. One of your own, whose checkout is not cleaned, takes one when something changed.
      - name: Take a snapshot
        run: ${facts.manager.run(COMMAND)}
        env:
${environmentOf(facts)}
      - name: Get age
        run: command -v age || (sudo apt-get update && sudo apt-get install --yes age)
      - name: Encrypt
        shell: bash # which fails when tar fails
        run: |
          tar -c -C ${folder} snapshots | age --encrypt --recipient "$${RECIPIENT}" --output "$RUNNER_TEMP/snapshots.tar.age"
        env:
${recipient()}
      - uses: actions/upload-artifact@v4
        with:
          name: snapshots
          path: \${{ runner.temp }}/snapshots.tar.age
          if-no-files-found: error
          compression-level: 0
          retention-days: 30
`
}

function recipient(): string {
  return `          ${RECIPIENT}: \${{ vars.${RECIPIENT} }}`
}

/** For people without GitHub: one line of a crontab. cron's own PATH rarely has Node.js, and nothing but the project's files says where the database is. */
export function cronLine({ root }: InitContext, { manager, directory, programFolders }: WorkflowFacts): string {
  const folder = shellQuote(path.resolve(root, directory))
  const log = shellQuote(path.join(path.resolve(root, directory), 'snapshot.log'))
  const search = programFolders.length === 0 ? '' : `PATH=${programFolders.map(shellQuote).join(':')}:"$PATH" `
  const line = `cd ${shellQuote(root)} && umask 077 && mkdir -p ${folder} && ${search}${manager.run(COMMAND)} >> ${log} 2>&1`
  // A % is a new line in a crontab. man 5 crontab
  return `${EVERY_DAY} ${line.replaceAll('%', '\\%')}`
}

/** Where programs are found, without the folders that cron searches by itself, and those that npx puts before the others. */
export function findProgramFolders(programs: readonly string[], searchPath: string): string[] {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder) && !folder.includes('node_modules'))
  const found = programs.flatMap((name) => folders.find((folder) => existsSync(path.join(folder, name))) ?? [])
  return [...new Set(found)].filter((folder) => !['/bin', '/usr/bin'].includes(folder))
}

function shellQuote(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
