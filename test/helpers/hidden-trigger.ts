import type { FixtureDatabase } from './paths.js'

/**
 * A loss that no analysis of migrations can see: a trigger on Prisma's own table, which no statement of theirs writes. Whatever is
 * applied sets it off. `body` is one statement, and must come to the same when it runs again.
 */
export function hiddenTrigger(database: FixtureDatabase, body: string): readonly string[] {
  if (database === 'sqlite') return [`CREATE TRIGGER "hidden" AFTER UPDATE ON "_prisma_migrations" BEGIN ${body}; END`]
  return [
    `CREATE FUNCTION hidden() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN NEW; END $$`,
    `CREATE TRIGGER hidden AFTER UPDATE ON "_prisma_migrations" FOR EACH ROW EXECUTE FUNCTION hidden()`,
  ]
}
