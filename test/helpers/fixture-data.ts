import type { TestProject } from './make-project.js'

/** Rows for a project with the fixture's schema: as many users as asked, each with a profile and two posts. */
export async function fillFixture(project: TestProject, users = 40): Promise<void> {
  const isSqlite = project.provider === 'sqlite'
  const numbers = isSqlite
    ? `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${users}) SELECT i FROM n)`
    : `generate_series(1, ${users}) AS n(i)`
  await project.query(
    `INSERT INTO "users" ("email", "name", "balance") SELECT 'user' || i || '@example.com', CASE WHEN i % 4 = 0 THEN NULL ELSE 'User ' || i END, i * 1.25 FROM ${numbers}`,
  )
  await project.query(`INSERT INTO "Profile" ("userId", "bio") SELECT "id", 'bio of ' || "email" FROM "users"`)
  const id = isSqlite
    ? `'00000000-0000-4000-8000-' || printf('%012d', "id" * 10 + k)`
    : `('00000000-0000-4000-8000-' || lpad(("id" * 10 + k)::text, 12, '0'))::uuid`
  const time = isSqlite ? `'2025-01-01T00:00:00.000Z'` : `timestamp '2025-01-01 00:00:00'`
  await project.query(
    `INSERT INTO "BlogPost" ("id", "Title", "Author Id", "updatedAt") SELECT ${id}, 'Post ' || k || ' of ' || "id", "id", ${time} FROM "users", (SELECT 1 AS k UNION ALL SELECT 2) AS two`,
  )
}

/** Every row of every table of the fixture as text, sorted, read without safe-migrate; `null` for a table that is not there. */
export async function readEverything(project: TestProject): Promise<Record<string, readonly string[] | null>> {
  const everything: Record<string, readonly string[] | null> = {}
  for (const table of ['users', 'Profile', 'BlogPost', 'group', '_GroupToUser', '_prisma_migrations']) {
    const rows = await project.query(`SELECT * FROM "${table}"`).catch(() => null)
    everything[table] =
      rows?.map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))).sort() ?? null
  }
  return everything
}
