import { describe, expect, it } from 'vitest'
import type { Database, Row } from '../../src/databases/database.js'
import { postgresql } from '../../src/databases/postgresql/postgresql.js'
import { sqlite } from '../../src/databases/sqlite/sqlite.js'
import { suggestRenames } from '../../src/findings/rename-hint.js'
import { openPostgresql, openSqlite } from '../verify/lab.js'

/** A rewrite must leave the schema that the original leaves, and keep what the original loses. */
interface Case {
  readonly name: string
  readonly setup: string
  readonly migration: string
  /** Rows after the rewrite. */
  readonly query: string
  readonly rows: readonly Row[]
}

const POSTGRESQL: readonly Case[] = [
  {
    name: 'a column',
    setup: `CREATE TABLE "User" ("id" INTEGER NOT NULL, "name" TEXT, CONSTRAINT "User_pkey" PRIMARY KEY ("id")); INSERT INTO "User" VALUES (1, 'Ada'), (2, NULL);`,
    migration: `/*\n  Warnings:\n\n  - You are about to drop the column \`name\` on the \`User\` table. All the data in the column will be lost.\n\n*/\n-- AlterTable\nALTER TABLE "User" DROP COLUMN "name",\nADD COLUMN     "fullName" TEXT;\n`,
    query: 'SELECT "fullName" FROM "User" ORDER BY "id"',
    rows: [{ fullName: 'Ada' }, { fullName: null }],
  },
  {
    name: 'a column with another type, a default and NOT NULL, among other actions, with its unique index',
    setup: `CREATE TABLE "User" ("id" INTEGER NOT NULL, "nick" VARCHAR(20) DEFAULT 'x', "age" INTEGER, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
      CREATE UNIQUE INDEX "User_nick_key" ON "User"("nick"); INSERT INTO "User" VALUES (1, 'Ada', 5);`,
    migration: `-- DropIndex\nDROP INDEX "User_nick_key";\n\n-- AlterTable\nALTER TABLE "User" DROP COLUMN "nick",\nADD COLUMN     "nickName" TEXT NOT NULL DEFAULT 'none',\nALTER COLUMN "age" SET DATA TYPE BIGINT;\n\n-- CreateIndex\nCREATE UNIQUE INDEX "User_nickName_key" ON "User"("nickName");\n`,
    query: 'SELECT "nickName", "age"::int AS age FROM "User"',
    rows: [{ nickName: 'Ada', age: 5 }],
  },
  {
    name: 'columns in statements of their own, with odd names',
    setup: `CREATE TABLE "a.b" ("sélect" INTEGER, "x" TEXT); INSERT INTO "a.b" VALUES (7, 'y');`,
    migration: `ALTER TABLE "a.b" ADD COLUMN "sélection" INTEGER;\nALTER TABLE "a.b" DROP COLUMN "sélect";`,
    query: 'SELECT "sélection" AS s FROM "a.b"',
    rows: [{ s: 7 }],
  },
  {
    name: 'a table with a sequence, indexes and keys',
    setup: `CREATE TABLE "Org" ("id" INTEGER PRIMARY KEY); INSERT INTO "Org" VALUES (1);
      CREATE TABLE "Member" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "orgId" INTEGER NOT NULL, CONSTRAINT "Member_pkey" PRIMARY KEY ("id"));
      CREATE UNIQUE INDEX "Member_email_key" ON "Member"("email");
      ALTER TABLE "Member" ADD CONSTRAINT "Member_orgId_fkey" FOREIGN KEY ("orgId") REFERENCES "Org"("id") ON DELETE CASCADE ON UPDATE CASCADE;
      INSERT INTO "Member" ("email", "orgId") VALUES ('a', 1), ('b', 1);`,
    migration: `/*\n  Warnings:\n\n  - You are about to drop the \`Member\` table. If the table is not empty, all the data it contains will be lost.\n\n*/\n-- DropForeignKey\nALTER TABLE "Member" DROP CONSTRAINT "Member_orgId_fkey";\n\n-- DropTable\nDROP TABLE "Member";\n\n-- CreateTable\nCREATE TABLE "Person" (\n    "id" SERIAL NOT NULL,\n    "email" TEXT NOT NULL,\n    "orgId" INTEGER NOT NULL,\n    "note" TEXT,\n\n    CONSTRAINT "Person_pkey" PRIMARY KEY ("id")\n);\n\n-- CreateIndex\nCREATE UNIQUE INDEX "Person_email_key" ON "Person"("email");\n\n-- AddForeignKey\nALTER TABLE "Person" ADD CONSTRAINT "Person_orgId_fkey" FOREIGN KEY ("orgId") REFERENCES "Org"("id") ON DELETE CASCADE ON UPDATE CASCADE;\n`,
    query: 'SELECT "id", "email" FROM "Person" ORDER BY "id"',
    rows: [
      { id: 1, email: 'a' },
      { id: 2, email: 'b' },
    ],
  },
]

const SQLITE: readonly Case[] = [
  {
    name: 'a column of a rebuilt table',
    setup: `CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" TEXT, "age" INTEGER); INSERT INTO "User" ("name") VALUES ('Ada'), (NULL);`,
    migration: `-- RedefineTables\nPRAGMA foreign_keys=OFF;\nCREATE TABLE "new_User" (\n    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,\n    "fullName" TEXT,\n    "age" INTEGER\n);\nINSERT INTO "new_User" ("age", "id") SELECT "age", "id" FROM "User";\nDROP TABLE "User";\nALTER TABLE "new_User" RENAME TO "User";\nPRAGMA foreign_keys=ON;\n`,
    query: 'SELECT "fullName" FROM "User" ORDER BY "id"',
    rows: [{ fullName: 'Ada' }, { fullName: null }],
  },
  {
    name: 'a column added and dropped',
    setup: `CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT); INSERT INTO "User" VALUES (1, 'Ada');`,
    migration: `ALTER TABLE "User" ADD COLUMN "fullName" TEXT;\nALTER TABLE "User" DROP COLUMN "name";\n`,
    query: 'SELECT "fullName" FROM "User"',
    rows: [{ fullName: 'Ada' }],
  },
  {
    name: 'a table that another one references',
    setup: `CREATE TABLE "Member" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL); CREATE UNIQUE INDEX "Member_email_key" ON "Member"("email");
      CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "authorId" INTEGER NOT NULL, CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "Member" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);
      INSERT INTO "Member" ("email") VALUES ('a'), ('b'); INSERT INTO "Post" ("authorId") VALUES (2);`,
    migration: `-- DropIndex\nDROP INDEX "Member_email_key";\n\n-- DropTable\nPRAGMA foreign_keys=off;\nDROP TABLE "Member";\nPRAGMA foreign_keys=on;\n\n-- CreateTable\nCREATE TABLE "Person" (\n    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,\n    "email" TEXT NOT NULL\n);\n\n-- RedefineTables\nPRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\nCREATE TABLE "new_Post" (\n    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,\n    "authorId" INTEGER NOT NULL,\n    CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "Person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE\n);\nINSERT INTO "new_Post" ("authorId", "id") SELECT "authorId", "id" FROM "Post";\nDROP TABLE "Post";\nALTER TABLE "new_Post" RENAME TO "Post";\nPRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;\n\n-- CreateIndex\nCREATE UNIQUE INDEX "Person_email_key" ON "Person"("email");\n`,
    query: 'SELECT p."email" FROM "Post" JOIN "Person" AS p ON p."id" = "authorId"',
    rows: [{ email: 'b' }],
  },
]

/** What the schema is, without the order of columns: a renamed column stays where it was. */
async function describeSchema(database: Database, connection: Awaited<ReturnType<typeof openPostgresql>>['connection']) {
  const { tables, objects, sequences } = await database.fingerprint(connection)
  const catalog = await database.readCatalog(connection)
  const columns = catalog.tables.map(({ name, columns: list, primaryKey, foreignKeys }) => {
    const described = list.map(({ name: column, type, notNull, default: value }) => [column, type, notNull, value])
    return { name, columns: described.sort(), primaryKey, foreignKeys }
  })
  return {
    tables: tables.map(({ name }) => name),
    columns,
    objects: objects.map(({ type, name, definition }) => [type, name, definition]).sort(),
    // SQLite notes the last number of a table only once it has rows, which only the rewrite keeps.
    sequences: database === sqlite ? [] : sequences.map(({ name }) => name),
  }
}

async function runCase(database: Database, open: typeof openPostgresql, { setup, migration, query }: Case) {
  const original = await open()
  const rewritten = await open()
  try {
    await original.run(setup)
    await rewritten.run(setup)
    const catalog = await database.readCatalog(rewritten.connection)
    const parsed = await database.parse({ migration: '2', file: 'migrations/2/migration.sql', sql: migration })
    const suggestions = suggestRenames([parsed], catalog)
    const [suggestion] = suggestions
    if (suggestion === undefined) throw new Error('no suggestion')
    await original.run(migration)
    await rewritten.run(suggestion.after)
    const again = suggestRenames(
      [await database.parse({ migration: '2', file: 'migrations/2/migration.sql', sql: suggestion.after })],
      catalog,
    )
    return {
      count: suggestions.length,
      again,
      before: suggestion.before,
      after: suggestion.after,
      rows: await rewritten.connection.query(query),
      schemas: [await describeSchema(database, original.connection), await describeSchema(database, rewritten.connection)],
    }
  } finally {
    await original.close()
    await rewritten.close()
  }
}

describe.each([
  ['PostgreSQL', postgresql, openPostgresql, POSTGRESQL],
  ['SQLite', sqlite, openSqlite, SQLITE],
] as const)('rename suggestions on %s', (_, database, open, cases) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', { timeout: 30_000 }, async (_name, one) => {
    const { count, again, before, after, rows, schemas } = await runCase(database, open, one)
    expect(count).toBe(1)
    expect(before).toBe(one.migration)
    expect(rows).toEqual(one.rows)
    expect(schemas[1]).toEqual(schemas[0])
    expect(again).toEqual([])
    expect(after).not.toContain('You are about to drop')
  })
})
