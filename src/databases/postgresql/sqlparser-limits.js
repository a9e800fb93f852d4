// Prisma 7.4 and later split a migration with sqlparser 0.61, which reads less than PostgreSQL does. These are the
// statements of real migrations that it was seen to reject (its own build for JavaScript, @guanmingchiu/sqlparser-ts
// 0.61.1, with the PostgreSQL dialect). One of them is enough for the whole file to be sent as one batch.

/** Rejected in every form, by the name of the node in PostgreSQL's own parse tree. */
const STATEMENTS = new Set([
  'AlterDatabaseSetStmt',
  'AlterDefaultPrivilegesStmt',
  'AlterDomainStmt',
  'AlterExtensionStmt',
  'AlterFunctionStmt',
  'AlterObjectSchemaStmt',
  'AlterOwnerStmt',
  'AlterSeqStmt',
  'ClusterStmt',
  'ConstraintsSetStmt',
  'CreateCastStmt',
  'CreateEventTrigStmt',
  'CreateForeignTableStmt',
  'CreatePublicationStmt',
  'CreateStatsStmt',
  'DefineStmt',
  'DoStmt',
  'DropOwnedStmt',
  'LockStmt',
  'ReassignOwnedStmt',
  'RefreshMatViewStmt',
  'ReindexStmt',
  'RuleStmt',
  'SecLabelStmt',
])

const ALTER_TABLE_COMMANDS = new Set([
  'AT_AddInherit',
  'AT_AlterConstraint',
  'AT_AttachPartition',
  'AT_ClusterOn',
  'AT_DetachPartition',
  'AT_DropExpression',
  'AT_DropIdentity',
  'AT_DropInherit',
  'AT_SetCompression',
  'AT_SetLogged',
  'AT_SetStatistics',
  'AT_SetStorage',
  'AT_SetTableSpace',
  'AT_SetUnLogged',
])

const DROPS = new Set(['OBJECT_AGGREGATE', 'OBJECT_EVENT_TRIGGER', 'OBJECT_PUBLICATION', 'OBJECT_RULE'])
const RENAMES = new Set(['OBJECT_DOMAIN', 'OBJECT_FUNCTION', 'OBJECT_MATVIEW', 'OBJECT_SEQUENCE', 'OBJECT_TRIGGER', 'OBJECT_VIEW'])
const COMMENTS = new Set(['OBJECT_FUNCTION', 'OBJECT_TABCONSTRAINT'])

/**
 * @param {Record<string, any>} node a statement of libpg-query's parse tree: its type, then its fields
 * @returns {boolean}
 */
export function isReadBySqlparser(node) {
  const [[type, fields] = ['', {}]] = Object.entries(node)
  switch (type) {
    case 'AlterTableStmt':
      return (
        fields.objtype === 'OBJECT_TABLE' && !fields.cmds.some((/** @type {any} */ { AlterTableCmd }) => isRejectedCommand(AlterTableCmd))
      )
    case 'CommentStmt':
      return !COMMENTS.has(fields.objtype)
    case 'CreateFunctionStmt':
      return !fields.is_procedure
    case 'CreateStmt':
      return fields.relation?.relpersistence !== 'u' && !(fields.tableElts ?? []).some(isExclusion)
    case 'DropStmt':
      return !fields.concurrent && !DROPS.has(fields.removeType)
    case 'RenameStmt':
      return !RENAMES.has(fields.renameType)
    default:
      return !STATEMENTS.has(type)
  }
}

/** @param {any} command */
const isRejectedCommand = ({ subtype, def }) => ALTER_TABLE_COMMANDS.has(subtype) || isExclusion(def ?? {})

/** @param {any} element */
const isExclusion = (element) => element.Constraint?.contype === 'CONSTR_EXCLUSION'
