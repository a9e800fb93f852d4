import { addCheck } from './add-check.js'
import { addExclusion } from './add-exclusion.js'
import { addForeignKey } from './add-foreign-key.js'
import { addRequiredColumn } from './add-required-column.js'
import { addUnique } from './add-unique.js'
import { alterAttributeType } from './alter-attribute-type.js'
import { alterColumnType } from './alter-column-type.js'
import { alterExpression } from './alter-expression.js'
import { attachPartition } from './attach-partition.js'
import { concurrentlyInTransaction } from './concurrently-in-transaction.js'
import { couldNotBeAnalysed } from './could-not-be-analysed.js'
import { deleteFiltered } from './delete-filtered.js'
import { deleteLargeObjects } from './delete-large-objects.js'
import { deleteUnfiltered } from './delete-unfiltered.js'
import { detachPartition } from './detach-partition.js'
import { disableRowSecurity } from './disable-row-security.js'
import { disableTrigger } from './disable-trigger.js'
import { downSection } from './down-section.js'
import { dropAttribute } from './drop-attribute.js'
import { dropColumn } from './drop-column.js'
import { dropConstraint } from './drop-constraint.js'
import { dropDatabase } from './drop-database.js'
import { dropDefault } from './drop-default.js'
import { dropExtension } from './drop-extension.js'
import { dropFunction } from './drop-function.js'
import { dropIdentity } from './drop-identity.js'
import { dropIndex } from './drop-index.js'
import { dropMaterializedView } from './drop-materialized-view.js'
import { dropObject } from './drop-object.js'
import { dropOwned } from './drop-owned.js'
import { dropPolicy } from './drop-policy.js'
import { dropRule } from './drop-rule.js'
import { dropSchema } from './drop-schema.js'
import { dropSequence } from './drop-sequence.js'
import { dropTable } from './drop-table.js'
import { dropTrigger } from './drop-trigger.js'
import { dropType } from './drop-type.js'
import { dropView } from './drop-view.js'
import { enableRowSecurity } from './enable-row-security.js'
import { enumAddThenUse } from './enum-add-then-use.js'
import { lockTable } from './lock-table.js'
import { loseTableObjects } from './lose-table-objects.js'
import { mixSchemaAndData } from './mix-schema-and-data.js'
import { notValid } from './not-valid.js'
import { overwriteRows } from './overwrite-rows.js'
import { rebuildTable } from './rebuild-table.js'
import { rebuildTableInUse } from './rebuild-table-in-use.js'
import { rebuildWithConstraint } from './rebuild-with-constraint.js'
import { recreateEnum } from './recreate-enum.js'
import { renameColumn } from './rename-column.js'
import { renameEnumValue } from './rename-enum-value.js'
import { renameSchema } from './rename-schema.js'
import { renameTable } from './rename-table.js'
import { restartSequence } from './restart-sequence.js'
import { restrictDomain } from './restrict-domain.js'
import type { Rule } from './rule.js'
import { searchPath } from './search-path.js'
import { setNotNull } from './set-not-null.js'
import { setUnlogged } from './set-unlogged.js'
import { stampRows } from './stamp-rows.js'
import { transactionControl } from './transaction-control.js'
import { truncate } from './truncate.js'
import { truncateCascade } from './truncate-cascade.js'
import { updateFiltered } from './update-filtered.js'
import { updateUnfiltered } from './update-unfiltered.js'
import { validateConstraint } from './validate-constraint.js'
import { writeMigrationHistory } from './write-migration-history.js'

/** Every rule. Findings of one change come in this order. */
export const rules: readonly Rule[] = [
  dropDatabase,
  dropSchema,
  dropOwned,
  writeMigrationHistory,
  downSection,
  dropTable,
  dropColumn,
  dropType,
  dropExtension,
  deleteLargeObjects,
  dropAttribute,
  truncate,
  truncateCascade,
  deleteUnfiltered,
  deleteFiltered,
  updateUnfiltered,
  updateFiltered,
  overwriteRows,
  rebuildTable,
  loseTableObjects,
  rebuildTableInUse,
  rebuildWithConstraint,
  stampRows,
  alterColumnType,
  setUnlogged,
  detachPartition,
  setNotNull,
  addRequiredColumn,
  addUnique,
  addForeignKey,
  addCheck,
  addExclusion,
  validateConstraint,
  recreateEnum,
  dropMaterializedView,
  dropView,
  dropSequence,
  dropIdentity,
  restartSequence,
  dropConstraint,
  dropIndex,
  dropTrigger,
  dropFunction,
  dropPolicy,
  dropRule,
  dropObject,
  disableTrigger,
  disableRowSecurity,
  enableRowSecurity,
  restrictDomain,
  attachPartition,
  alterAttributeType,
  alterExpression,
  notValid,
  transactionControl,
  concurrentlyInTransaction,
  enumAddThenUse,
  dropDefault,
  renameTable,
  renameColumn,
  renameSchema,
  renameEnumValue,
  searchPath,
  lockTable,
  mixSchemaAndData,
  couldNotBeAnalysed,
]
