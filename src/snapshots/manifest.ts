import { z } from 'zod'

/** Raised when a reader of the old format could misunderstand the new one. */
export const MANIFEST_FORMAT = 1

export const manifestSchema = z.object({
  format: z.literal(MANIFEST_FORMAT),
  id: z.string(),
  takenAt: z.string(),
  /** Why it was taken. */
  reason: z.enum(['deploy', 'dev', 'manual', 'import', 'before restore', 'rehearsal']),
  toolVersion: z.string(),
  engine: z.string(),
  /** Engine's own facts, needed to restore. Never secrets. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  provider: z.string(),
  serverVersion: z.string(),
  /** Target.label and Target.identity */
  target: z.string(),
  targetIdentity: z.string(),
  tables: z.array(z.object({ schema: z.string().nullable(), name: z.string(), rows: z.number(), digest: z.string().nullable() })),
  /** For people: objects of the database that the snapshot does not hold. */
  notCarried: z.array(z.string()).optional(),
  history: z.array(z.object({ name: z.string(), checksum: z.string(), state: z.enum(['applied', 'failed', 'rolledBack']) })),
  /** Paths relative to the snapshot's folder, with `/`. `fingerprint.json` is always one of them. */
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  /** Files and folders of the project that are in the archive `files.tar.gz`; absent when none were configured. */
  filePaths: z.array(z.string()).exactOptional(),
  bytes: z.number(),
  compression: z.string().nullable(),
  /** `how`: what opens the files, each of which is an age file then, the manifest as it was written first among them. */
  encryption: z.object({ format: z.literal('age'), how: z.enum(['recipients', 'passphrase']) }).nullable(),
  /** SHA-256 of this very JSON with an empty checksum, so that a damaged manifest is seen too. */
  checksum: z.string(),
})

export type Manifest = z.infer<typeof manifestSchema>
