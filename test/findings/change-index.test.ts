import { expect, it } from 'vitest'
import { databases } from '../../src/databases/index.js'
import { indexChanges } from '../../src/findings/change-index.js'

const SQL = `DROP TABLE "User";
ALTER TABLE "Post" ADD COLUMN "x" TEXT;
ALTER TABLE "Draft" RENAME TO "User";
ALTER TABLE "User" ADD COLUMN "y" TEXT;`

it.each(databases)('$name: finds what comes later to a table, and what takes its name, in order', async (database) => {
  const { changes } = await database.parse({ migration: 'm', file: 'm.sql', sql: SQL })
  const index = indexChanges(changes)
  const kinds = (position: number, table: string) => index.after(position, table).map(({ kind }) => kind)
  expect(kinds(0, 'User')).toEqual(['rename-table', 'add-column'])
  expect(kinds(2, 'User')).toEqual(['add-column'])
  expect(kinds(0, 'Draft')).toEqual(['rename-table'])
  expect(kinds(-1, 'Post')).toEqual(['add-column'])
  expect(kinds(0, 'Nobody')).toEqual([])
})
