import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildDistribution } from './helpers/build-distribution.js'
import { stopEmbeddedPostgresql } from './helpers/embedded-postgresql.js'
import { removeContainer } from './helpers/postgresql-container.js'
import { dropLeftover } from './helpers/postgresql-server.js'
import { type Note, readNotes } from './helpers/test-run.js'

/** Builds what the tests run; when they are done, removes what they started and says what they ran on. */
export default async function setUp(): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'safe-migrate-test-'))
  process.env.SAFE_MIGRATE_TEST_RUN = dir // the workers inherit it
  const warning = await buildDistribution()
  if (warning) console.warn(warning)
  return async () => {
    const notes = readNotes(dir)
    for (const note of notes.filter(({ kind }) => kind === 'drop-database')) await undo(note)
    for (const note of notes.filter(({ kind }) => kind !== 'drop-database')) await undo(note)
    rmSync(dir, { recursive: true, force: true })
    console.log(summarise(notes))
  }
}

async function undo(note: Note): Promise<void> {
  try {
    if (note.kind === 'drop-database') await dropLeftover(note.url, note.database)
    if (note.kind === 'stop-postgresql') await stopEmbeddedPostgresql(note.dataDir)
    if (note.kind === 'remove-dir') rmSync(note.path, { recursive: true, force: true })
    if (note.kind === 'remove-container') await removeContainer(note.id)
  } catch (error) {
    console.warn(`after the tests, ${note.kind} failed: ${error instanceof Error ? error.message : error}`)
  }
}

function summarise(notes: readonly Note[]): string {
  const texts = (kind: 'used' | 'skipped') => notes.flatMap((note) => (note.kind === kind ? [note.text] : []))
  const used = texts('used').join(', ') || 'no database server'
  const skipped = texts('skipped')
  return `\n Databases  SQLite, ${used}\n   Skipped  ${skipped.length > 0 ? skipped.join('\n            ') : 'nothing'}\n`
}
