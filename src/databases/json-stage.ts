import type { CatalogTable } from './catalog.js'
import type { Connection, Target } from './database.js'
import type { JsonColumn } from './json-rows.js'

export interface JsonRow {
  /** In its file, from 1. */
  readonly line: number
  /** Valid JSON, an object. */
  readonly json: string
}

/** Why a row cannot be one of its table. */
export interface JsonProblem {
  readonly line: number
  /** Begins with the field's name. */
  readonly message: string
}

export interface JsonStageColumn extends JsonColumn {
  readonly notNull: boolean
}

/** Rows that were JSON, as values of a live table's columns, readable beside it. */
export interface StagedJson {
  readonly connection: Connection
  /** Quoted, ready for SQL. */
  readonly sqlName: string
  /** Writes the rows that have no problem. Types are those of the columns, exactly: nothing is rounded, cut or guessed. */
  write(rows: readonly JsonRow[]): Promise<readonly JsonProblem[]>
}

export interface JsonStage {
  addTable(table: CatalogTable, columns: readonly JsonStageColumn[]): Promise<StagedJson>
  /** Nothing is left. */
  close(): Promise<void>
}

/** A place for rows from JSON files, seen by one connection to this database, and gone with it. */
export type OpenJsonStage = (target: Target) => Promise<JsonStage>
