import { addForeignKey } from './add-foreign-key.js'
import { addRequiredColumn } from './add-required-column.js'
import { addUnique } from './add-unique.js'
import { alterColumnType } from './alter-column-type.js'
import { couldNotBeAnalysed } from './could-not-be-analysed.js'
import { deleteFiltered } from './delete-filtered.js'
import { deleteUnfiltered } from './delete-unfiltered.js'
import { detachPartition } from './detach-partition.js'
import { dropColumn } from './drop-column.js'
import { dropDatabase } from './drop-database.js'
import { dropExtension } from './drop-extension.js'
import { dropOwned } from './drop-owned.js'
import { dropSchema } from './drop-schema.js'
import { dropTable } from './drop-table.js'
import { dropType } from './drop-type.js'
import { overwriteRows } from './overwrite-rows.js'
import { rebuildTable } from './rebuild-table.js'
import { recreateEnum } from './recreate-enum.js'
import type { Rule } from './rule.js'
import { setNotNull } from './set-not-null.js'
import { setUnlogged } from './set-unlogged.js'
import { truncate } from './truncate.js'
import { truncateCascade } from './truncate-cascade.js'
import { updateFiltered } from './update-filtered.js'
import { updateUnfiltered } from './update-unfiltered.js'
import { writeMigrationHistory } from './write-migration-history.js'

/** Every rule. Findings of one change come in this order. */
export const rules: readonly Rule[] = [
  dropDatabase,
  dropSchema,
  dropOwned,
  writeMigrationHistory,
  dropTable,
  dropColumn,
  dropType,
  dropExtension,
  truncate,
  truncateCascade,
  deleteUnfiltered,
  deleteFiltered,
  updateUnfiltered,
  updateFiltered,
  overwriteRows,
  rebuildTable,
  alterColumnType,
  setUnlogged,
  detachPartition,
  setNotNull,
  addRequiredColumn,
  addUnique,
  addForeignKey,
  recreateEnum,
  couldNotBeAnalysed,
]
