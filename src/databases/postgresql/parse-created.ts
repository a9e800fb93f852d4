import type { DefineStmt, Node } from 'libpg-query'
import type { ChangeKind, ObjectName } from '../../sql/change.js'
import { describeObject } from './parse-drop.js'
import { readName, readRangeVar } from './parse-names.js'

/** Those whose names nothing asks for. */
const UNNAMED = /^(Create[A-Za-z]+|ImportForeignSchemaStmt)$/

/** Whatever is created and is no table; null for any other statement. */
export function readCreated(node: Node): ChangeKind | null {
  const named = readNamed(node)
  if (named !== null) return { kind: 'create-object', on: null, ...named, cascade: false }
  const key = Object.keys(node)[0] ?? ''
  const type = key.replace(/^Create|Stmt$/g, '').toLowerCase()
  return UNNAMED.test(key) ? { kind: 'create-object', type, name: plain(undefined), on: null, cascade: false } : null
}

interface Created {
  readonly type: string
  readonly name: ObjectName
  readonly on?: ObjectName
}

function readNamed(node: Node): Created | null {
  if ('CreatePolicyStmt' in node)
    return { type: 'policy', name: plain(node.CreatePolicyStmt.policy_name), on: readRangeVar(node.CreatePolicyStmt.table) }
  if ('CreateEventTrigStmt' in node) return { type: 'event trigger', name: plain(node.CreateEventTrigStmt.trigname) }
  if ('CreateSeqStmt' in node) return { type: 'sequence', name: readRangeVar(node.CreateSeqStmt.sequence) }
  if ('CompositeTypeStmt' in node) return { type: 'type', name: readRangeVar(node.CompositeTypeStmt.typevar) }
  if ('CreateRangeStmt' in node) return { type: 'type', name: readName(node.CreateRangeStmt.typeName) }
  if ('CreateDomainStmt' in node) return { type: 'type', name: readName(node.CreateDomainStmt.domainname) }
  if ('CreateExtensionStmt' in node) return { type: 'extension', name: ifNew(node.CreateExtensionStmt, node.CreateExtensionStmt.extname) }
  if ('CreateSchemaStmt' in node) return { type: 'schema', name: ifNew(node.CreateSchemaStmt, node.CreateSchemaStmt.schemaname) }
  if ('CreatePublicationStmt' in node) return { type: 'publication', name: plain(node.CreatePublicationStmt.pubname) }
  if ('CreateSubscriptionStmt' in node) return { type: 'subscription', name: plain(node.CreateSubscriptionStmt.subname) }
  if ('CreateRoleStmt' in node) return { type: 'role', name: plain(node.CreateRoleStmt.role) }
  if ('CreateForeignServerStmt' in node) return { type: 'foreign server', name: plain(node.CreateForeignServerStmt.servername) }
  if ('CreateFdwStmt' in node) return { type: 'foreign-data wrapper', name: plain(node.CreateFdwStmt.fdwname) }
  return 'DefineStmt' in node ? readDefined(node.DefineStmt) : null
}

function readDefined(statement: DefineStmt): Created {
  return { type: describeObject(statement.kind), name: readName(statement.defnames) }
}

function plain(name: string | undefined): ObjectName {
  return { schema: null, name: name ?? '' }
}

/** Nothing when it may have been there before (IF NOT EXISTS). */
function ifNew(statement: { readonly if_not_exists?: boolean }, name: string | undefined): ObjectName {
  return plain(statement.if_not_exists === true ? undefined : name)
}
