import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { listMigrationFolders } from '../project/history.js'

const INSERT =
  /\b(?:insert\s+into|merge\s+into(?:\s+only)?|copy)\s+((?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))?)/giu

/** Tables that some migration writes rows to, by their last name in lower case. Read from the words: what is meant is what may lie about. */
export function findInsertedTables(migrationsDir: string): ReadonlySet<string> {
  const files = listMigrationFolders(migrationsDir).map((name) => path.join(migrationsDir, name, 'migration.sql'))
  const names = files.filter((file) => existsSync(file)).flatMap((file) => readInserted(readFileSync(file, 'utf8')))
  return new Set(names)
}

function readInserted(sql: string): string[] {
  return [...sql.matchAll(INSERT)].map(([, qualified = '']) => {
    const last = /(?:"((?:[^"]|"")+)"|([^".\s]+))$/.exec(qualified)
    return (last?.[1]?.replaceAll('""', '"') ?? last?.[2] ?? '').toLowerCase()
  })
}
