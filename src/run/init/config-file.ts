import { existsSync } from 'node:fs'
import path from 'node:path'
import { type InitContext, type PlannedFile, planFile } from './planned-file.js'

/** Every setting, with its default, as a comment: what is not set is as if the file were not there. */
const SETTINGS = `  // Folder for snapshots and run journals, relative to this file. Keep it out of git: snapshots hold your data.
  // directory: '.safe-migrate',

  // Snapshot engine: 'auto' takes the best one available, or 'pg-dump', 'pg-template', 'copy', 'json', 'sqlite-backup', 'command'.
  // engine: 'auto',
  // What 'command' runs, each a line for the shell. They find $SAFE_MIGRATE_SNAPSHOT_ID, $SAFE_MIGRATE_SNAPSHOT_DIR (a folder of their own
  // in the snapshot) and $SAFE_MIGRATE_DATABASE_URL. verify and remove may be left out.
  // commands: { take: './branch.sh create', verify: './branch.sh check', restore: './branch.sh reset', remove: './branch.sh delete' },

  // Encrypts snapshots in the age format, https://age-encryption.org: with a passphrase from an environment variable (passphraseVariable) or
  // a file (passphraseFile), or for recipients (recipients: ['age1…'], opened by identityFile or identityVariable; age-keygen makes them).
  // encryption: { passphraseVariable: 'SNAPSHOT_PASSPHRASE' },

  // Where every snapshot is copied to: a bucket that speaks S3 (credentials come from the environment or a profile; it needs
  // npm install @aws-sdk/client-s3 @aws-sdk/lib-storage), or a folder on another disk (folder).
  // storage: { s3: { bucket: 'backups', prefix: 'shop', region: 'eu-central-1' } },

  // Which snapshots stay when safe-migrate snapshot prune runs, or, with afterSnapshot, after each new one. Without it none is removed.
  // retention: { keepLast: 5, daily: 7, weekly: 4, monthly: 12, maxAge: '1y', maxSize: '50GB', afterSnapshot: true },

  // What must stay free on the disk: a snapshot that would use it is not begun, or stopped.
  // reserve: '100MB',

  // Try the migrations on a copy of the database before safe-migrate deploy applies them; a bad rehearsal stops the run.
  // rehearse: false,

  // When data was lost, or a migration failed, and nobody can be asked: 'keep' says so loudly, 'restore' puts the snapshot back;
  // onLoss: 'salvage' keeps the new schema and puts back what is missing.
  // onLoss: 'keep',
  // onFailure: 'keep',

  // Milliseconds to wait for another run on the same database.
  // lockTimeout: 10_000,

  // Milliseconds that one query may take which measures what a migration costs.
  // impactTimeout: 10_000,
  // Milliseconds for all of them together; what is left then is estimated.
  // impactBudget: 60_000,

  // How closely the database is compared with itself before: 'counts' reads rows and keys, 'columns' digests every value, 'rows' also
  // names the rows that differ. tables: levels of single ones, such as { AuditLog: 'counts' }; budget: milliseconds for each look, after
  // which rows and keys must do.
  // verify: { level: 'rows', tables: {}, budget: null },

  // Show values before and after in reports, not only the keys of rows.
  // showValues: false,

  // Files and folders that go into every snapshot, and come back with: safe-migrate restore --files
  // files: ['public/images/products'],
  // Columns whose values name files below a folder: after a restore, what does not fit is listed.
  // fileReferences: [{ model: 'Product', column: 'image', folder: 'public/images/products' }],

  // How the columns of a CSV or TSV file become fields of a model, for: safe-migrate import users users.csv
  // imports: { users: { model: 'User', columns: { Email: 'email', 'Created at': 'createdAt' }, key: 'email' } },

  // Names for several models or tables at once: safe-migrate restore --only admin
  // groups: { admin: ['User', 'Role'] },

  // Level of single rules: 'off', 'info', 'warn' or 'block'.
  // rules: { 'update-filtered': 'warn' },

  // What no comment in a migration can accept the loss of. A * stands for any characters.
  // protect: { tables: ['Invoice'], columns: ['User.email'] },

  // What must hold after a run as before it: SQL that returns no rows, or one row of values that must not shrink or must stay equal.
  // invariants: [{ name: 'every invoice has a customer', sql: 'SELECT id FROM "Invoice" WHERE "customerId" IS NULL', must: 'return no rows' }],
  // Milliseconds that one query of an invariant may take.
  // invariantTimeout: 60_000,
  // Models and tables that may never lose rows in a run, whatever was accepted.
  // criticalModels: ['User', 'Invoice'],

  // Settings of single databases. The first environment that matches counts; dev is refused on one that is protected.
  // environments: { production: { hosts: ['*.prod.example.com'], protected: true, onFailure: 'restore' } },
`

/** For a project that has no configuration yet. */
export function planConfigFile(context: InitContext, inTypeScript: boolean): PlannedFile {
  const name = inTypeScript ? 'safe-migrate.config.ts' : 'safe-migrate.config.mjs'
  return planFile(context, path.join(context.root, name), () => ({ after: inTypeScript ? TYPESCRIPT : JAVASCRIPT }))
}

const TYPESCRIPT = `import type { ConfigInput } from 'safe-migrate'

export default {
${SETTINGS}} satisfies ConfigInput
`

const JAVASCRIPT = `/** @type {import('safe-migrate').ConfigInput} */
export default {
${SETTINGS}}
`

/** A project whose own configuration of Prisma or of the compiler is TypeScript. */
export function usesTypeScript(root: string, dependencies: Readonly<Record<string, string>>): boolean {
  return (
    Object.hasOwn(dependencies, 'typescript') || ['tsconfig.json', 'prisma.config.ts'].some((file) => existsSync(path.join(root, file)))
  )
}
