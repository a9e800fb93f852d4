import { describe, expect, it } from 'vitest'
import { parsePostgresql } from '../../src/databases/postgresql/parse.js'
import { parseSqlite } from '../../src/databases/sqlite/parse.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { shownFindings } from '../../src/findings/levels.js'

/** What Prisma itself writes, and what a user is to see of it without a database: only what loses or may fail. */
type Shape = readonly [name: string, sql: string, seen: readonly string[]]

const EARLIER = `
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "name" TEXT, "age" INTEGER, "role" "Role" NOT NULL DEFAULT 'USER',
  "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Post" ("id" TEXT NOT NULL, "title" VARCHAR(100) NOT NULL, "authorId" INTEGER NOT NULL, "tags" TEXT[], CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
CREATE TABLE "_PostToTag" ("A" TEXT NOT NULL, "B" INTEGER NOT NULL);
CREATE TABLE "Tag" ("id" SERIAL NOT NULL, "label" TEXT NOT NULL, CONSTRAINT "Tag_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE INDEX "Post_title_idx" ON "Post"("title");
CREATE UNIQUE INDEX "_PostToTag_AB_unique" ON "_PostToTag"("A", "B");
CREATE INDEX "_PostToTag_B_index" ON "_PostToTag"("B");
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "_PostToTag" ADD CONSTRAINT "_PostToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "Post"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_PostToTag" ADD CONSTRAINT "_PostToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "Tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;
`

const DROP_FK = '-- DropForeignKey\nALTER TABLE "Post" DROP CONSTRAINT "Post_authorId_fkey";\n'
const addForeignKey = (onDelete: string) =>
  `-- AddForeignKey\nALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE ${onDelete} ON UPDATE CASCADE;`

const POSTGRESQL: readonly Shape[] = [
  ['a schema', '-- CreateSchema\nCREATE SCHEMA IF NOT EXISTS "audit";', []],
  ['an extension', '-- CreateExtension\nCREATE EXTENSION IF NOT EXISTS "citext";', []],
  ['an enum', "-- CreateEnum\nCREATE TYPE \"Status\" AS ENUM ('OPEN', 'DONE');", []],
  [
    'a table with a key',
    '-- CreateTable\nCREATE TABLE "Order" ("id" SERIAL NOT NULL, "at" TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "Order_pkey" PRIMARY KEY ("id"));',
    [],
  ],
  [
    'its indexes',
    'CREATE TABLE "Order" ("id" INT, "a" INT);\n-- CreateIndex\nCREATE UNIQUE INDEX "Order_a_key" ON "Order"("a");\nCREATE INDEX "Order_id_idx" ON "Order"("id" DESC);',
    [],
  ],
  [
    'a relation table',
    'CREATE TABLE "_AToB" ("A" INTEGER NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_AToB_AB_pkey" PRIMARY KEY ("A","B"));\nCREATE INDEX "_AToB_B_index" ON "_AToB"("B");',
    [],
  ],
  [
    'the key of a relation table (Prisma 6)',
    '-- AlterTable\nALTER TABLE "_PostToTag" ADD CONSTRAINT "_PostToTag_AB_pkey" PRIMARY KEY ("A", "B");\n\n-- DropIndex\nDROP INDEX "_PostToTag_AB_unique";',
    [],
  ],
  ['an optional column', '-- AlterTable\nALTER TABLE "User" ADD COLUMN "nick" TEXT;', []],
  ['a column with a default', 'ALTER TABLE "User" ADD COLUMN "active" BOOLEAN NOT NULL DEFAULT true;', []],
  ['a list', 'ALTER TABLE "User" ADD COLUMN "tags" TEXT[] DEFAULT ARRAY[]::TEXT[];', []],
  [
    'a required column',
    '/*\n  Warnings:\n\n  - Added the required column `nick` to the `User` table without a default value. This is not possible if the table is not empty.\n\n*/\n-- AlterTable\nALTER TABLE "User" ADD COLUMN "nick" TEXT NOT NULL;',
    ['add-required-column'],
  ],
  ['a column less', 'ALTER TABLE "User" DROP COLUMN "age";', ['drop-column']],
  ['a renamed field', 'ALTER TABLE "User" DROP COLUMN "name",\nADD COLUMN "fullName" TEXT;', ['drop-column']],
  ['a column that may be empty', 'ALTER TABLE "User" ALTER COLUMN "email" DROP NOT NULL;', []],
  ['a column that may not', 'ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;', ['set-not-null']],
  ['a default', 'ALTER TABLE "User" ALTER COLUMN "name" SET DEFAULT \'\';', []],
  ['a default less (@updatedAt)', 'ALTER TABLE "User" ALTER COLUMN "updatedAt" DROP DEFAULT;', []],
  ['a default and its type', 'ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT,\nALTER COLUMN "role" SET DEFAULT \'ADMIN\';', []],
  ['a wider type', 'ALTER TABLE "Post" ALTER COLUMN "title" SET DATA TYPE TEXT;', []],
  ['a bigger number', 'ALTER TABLE "User" ALTER COLUMN "age" SET DATA TYPE BIGINT;', []],
  ['a new unique index', '-- CreateIndex\nCREATE UNIQUE INDEX "User_name_key" ON "User"("name");', ['add-unique']],
  ['a new index', 'CREATE INDEX "User_name_idx" ON "User"("name");', []],
  ['an index less', '-- DropIndex\nDROP INDEX "Post_title_idx";', []],
  ['an index under another name', '-- RenameIndex\nALTER INDEX "Post_title_idx" RENAME TO "post_title";', []],
  ['an index made again', 'DROP INDEX "Post_title_idx";\nCREATE INDEX "Post_title_idx" ON "Post"("title" DESC);', []],
  ['a unique index less', 'DROP INDEX "User_email_key";', ['drop-index']],
  ['a unique index with its column', 'DROP INDEX "User_email_key";\nALTER TABLE "User" DROP COLUMN "email";', ['drop-column']],
  ['a foreign key under another name', '-- RenameForeignKey\nALTER TABLE "Post" RENAME CONSTRAINT "Post_authorId_fkey" TO "author";', []],
  ['a foreign key with another action', `${DROP_FK}${addForeignKey('CASCADE')}`, []],
  ['an optional relation', `${DROP_FK}ALTER TABLE "Post" ALTER COLUMN "authorId" DROP NOT NULL;\n${addForeignKey('SET NULL')}`, []],
  ['a relation less', `${DROP_FK}ALTER TABLE "Post" DROP COLUMN "authorId";`, ['drop-column']],
  ['a foreign key less', DROP_FK, ['drop-constraint']],
  ['a model less', `${DROP_FK}-- DropTable\nDROP TABLE "Post";`, ['drop-table']],
  ['a referenced model less', `${DROP_FK}DROP TABLE "User";`, ['drop-table']],
  [
    'a relation table less',
    'ALTER TABLE "_PostToTag" DROP CONSTRAINT "_PostToTag_A_fkey";\nALTER TABLE "_PostToTag" DROP CONSTRAINT "_PostToTag_B_fkey";\nDROP TABLE "_PostToTag";',
    ['drop-table'],
  ],
  ['an enum less', '-- DropEnum\nDROP TYPE "Role";', []],
  [
    'values more',
    '-- AlterEnum\n-- This migration adds more than one value to an enum.\n-- With PostgreSQL versions 11 and earlier, this is not possible in a single migration.\n\nALTER TYPE "Role" ADD VALUE \'OWNER\';\nALTER TYPE "Role" ADD VALUE \'GUEST\';',
    [],
  ],
  [
    'a value less',
    'BEGIN;\nCREATE TYPE "Role_new" AS ENUM (\'USER\');\nALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;\nALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");\nALTER TYPE "Role" RENAME TO "Role_old";\nALTER TYPE "Role_new" RENAME TO "Role";\nDROP TYPE "Role_old";\nALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT \'USER\';\nCOMMIT;',
    ['recreate-enum'],
  ],
  [
    'another primary key',
    'ALTER TABLE "Post" DROP CONSTRAINT "Post_pkey",\nADD COLUMN "key" SERIAL NOT NULL,\nADD CONSTRAINT "Post_pkey" PRIMARY KEY ("key");',
    [],
  ],
  ['a key of two columns', 'ALTER TABLE "Tag" DROP CONSTRAINT "Tag_pkey",\nADD CONSTRAINT "Tag_pkey" PRIMARY KEY ("id", "label");', []],
  [
    'a key that is text',
    'ALTER TABLE "Tag" DROP CONSTRAINT "Tag_pkey",\nALTER COLUMN "id" DROP DEFAULT,\nALTER COLUMN "id" SET DATA TYPE TEXT,\nADD CONSTRAINT "Tag_pkey" PRIMARY KEY ("id");\nDROP SEQUENCE "Tag_id_seq";',
    ['drop-default'],
  ],
  ['a number no more', '-- AlterTable\nALTER TABLE "Tag" ALTER COLUMN "id" DROP DEFAULT;\nDROP SEQUENCE "Tag_id_seq";', ['drop-default']],
  [
    'a number from now on',
    '-- AlterTable\nCREATE SEQUENCE user_age_seq;\nALTER TABLE "User" ALTER COLUMN "age" SET DEFAULT nextval(\'user_age_seq\');\nALTER SEQUENCE user_age_seq OWNED BY "User"."age";',
    [],
  ],
]

describe('what Prisma writes for PostgreSQL', () => {
  it.each(POSTGRESQL)('%s', async (_, sql, seen) => {
    expect(await seeRules(parsePostgresql, EARLIER, sql)).toEqual(seen)
  })
})

const SQLITE_EARLIER = `
CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "name" TEXT);
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE TABLE "Post" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "authorId" INTEGER NOT NULL, CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);
CREATE INDEX "Post_authorId_idx" ON "Post"("authorId");
`

const SQLITE: readonly Shape[] = [
  ['a table', 'CREATE TABLE "Tag" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT);', []],
  ['a column', 'ALTER TABLE "User" ADD COLUMN "nick" TEXT;', []],
  ['an index less', 'DROP INDEX "Post_authorId_idx";', []],
  ['an index made again', 'DROP INDEX "Post_authorId_idx";\nCREATE INDEX "Post_authorId_idx" ON "Post"("authorId" DESC);', []],
  ['a unique index less', 'DROP INDEX "User_email_key";', ['drop-index']],
  ['a table less', 'PRAGMA foreign_keys=off;\nDROP TABLE "Post";\nPRAGMA foreign_keys=on;', ['drop-table']],
  [
    'a table rebuilt',
    'PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\nCREATE TABLE "new_User" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "email" TEXT NOT NULL, "name" TEXT DEFAULT \'\');\nINSERT INTO "new_User" ("email", "id", "name") SELECT "email", "id", "name" FROM "User";\nDROP TABLE "User";\nALTER TABLE "new_User" RENAME TO "User";\nCREATE UNIQUE INDEX "User_email_key" ON "User"("email");\nPRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;',
    [],
  ],
]

describe('what Prisma writes for SQLite', () => {
  it.each(SQLITE)('%s', async (_, sql, seen) => {
    expect(await seeRules(parseSqlite, SQLITE_EARLIER, sql)).toEqual(seen)
  })
})

async function seeRules(parse: typeof parsePostgresql, earlier: string, sql: string): Promise<readonly string[]> {
  const source = (migration: string, text: string) => ({ migration, file: `migrations/${migration}/migration.sql`, sql: text })
  const { findings } = await checkFiles([source('2_shape', sql)], { parse }, { history: [source('1_earlier', earlier)] })
  return shownFindings(findings).map(({ rule }) => rule)
}
