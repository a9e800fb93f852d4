import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { StorageSettings } from '../../config/storage.js'
import { openFolderStorage } from './folder-storage.js'
import { openS3Storage } from './s3-storage.js'

export interface StoredObject {
  /** Relative to the snapshot, with `/`. */
  readonly path: string
  readonly bytes: number
  readonly changedAt: Date
}

/** A place elsewhere for the files of snapshots. What it throws is a SafeMigrateError `snapshot`, without credentials. */
export interface SnapshotStorage {
  /** For people: `s3://bucket/prefix`. */
  readonly label: string
  /** Ids below which there is anything at all; what others keep there is left out. */
  listIds(): Promise<readonly string[]>
  listObjects(id: string): Promise<readonly StoredObject[]>
  /** Null when it is not there. */
  readText(id: string, path: string): Promise<string | null>
  /** @throws when it is not there */
  read(id: string, path: string): Promise<Readable>
  /** Copies a file, as a stream: it is there as a whole afterwards, or not at all. @param onBytes called with the bytes that were written since */
  write(id: string, path: string, file: string, onBytes?: (bytes: number) => void): Promise<void>
  /** Also when it is not there. */
  remove(id: string, path: string): Promise<void>
  /** Removes what killed writes left half-written before then. */
  removeInterrupted(before: Date): Promise<void>
}

/** Connects to nothing yet. @param root folder that paths are relative to */
export function openStorage(settings: StorageSettings | null, root: string): SnapshotStorage | null {
  if (settings?.s3 !== undefined) return openS3Storage(settings.s3)
  return settings?.folder === undefined ? null : openFolderStorage(resolve(root, settings.folder))
}
