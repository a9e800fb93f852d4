import type { SqlSource } from '../../sql/statement.js'
import { type Token, tokenize } from '../../sql/tokens.js'
import type { Connection } from '../database.js'
import type { Reach } from '../rehearsal.js'
import { POSTGRESQL_STYLE } from './parse-text.js'

/** What belongs to the whole server, or leads out of it. https://www.postgresql.org/docs/current/managing-databases.html */
const SHARED = ['ROLE', 'USER', 'GROUP', 'DATABASE', 'TABLESPACE', 'SYSTEM', 'SUBSCRIPTION', 'SERVER', 'FOREIGN']
/** Words after which a statement begins, in files and in the bodies of functions. */
const STARTS = [';', 'BEGIN', 'THEN', 'ELSE', 'LOOP']
/** Functions that act on the server, on its files or on other servers. */
const FUNCTIONS =
  /^(?:dblink\w*|pg_create_(?:logical|physical)_replication_slot|pg_drop_replication_slot|pg_reload_conf|pg_(?:terminate|cancel)_backend|pg_switch_wal|pg_promote|lo_export|schedule_in_database|http_(?:get|post|put|delete|patch)|pg_background_launch)$/i

/** Extensions with which functions and triggers of a copy could reach others, or which work by themselves in every database that has them. */
const REACHING = [
  'aws_commons',
  'aws_lambda',
  'aws_s3',
  'dblink',
  'http',
  'mysql_fdw',
  'pg_background',
  'pg_cron',
  'pg_net',
  'plperlu',
  'plpython3u',
  'plsh',
  'pltclu',
  'timescaledb',
]

/** Notifications, sequences, triggers and event triggers stay in the copy; roles, other databases and other servers are not copied with it. */
export async function findReach(connection: Connection, migrations: readonly SqlSource[]): Promise<Reach> {
  const servers = await readNames(connection, 'SELECT srvname AS name FROM pg_foreign_server ORDER BY 1')
  const subscriptions = await readNames(
    connection,
    'SELECT subname AS name FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1',
  )
  const extensions = await readNames(connection, 'SELECT extname AS name FROM pg_extension WHERE extname = ANY ($1::text[]) ORDER BY 1', [
    REACHING,
  ])
  return {
    refused: [
      ...servers.map((name) => `the foreign server ${name} leads to another database, which the copy would write to as well`),
      ...subscriptions.map(
        (name) => `the subscription ${name} takes part in a replication, and a copy of it would be bound to the same slot`,
      ),
      ...migrations.flatMap(({ migration, sql }) =>
        findActions(sql).map((what) => `${migration} has ${what}, which acts beyond its database`),
      ),
    ],
    warned: extensions.map((name) => `the extension ${name} can reach beyond the copy, from triggers and functions or by itself`),
  }
}

async function readNames(connection: Connection, sql: string, parameters: readonly unknown[] = []): Promise<readonly string[]> {
  return (await connection.query(sql, parameters)).map((row) => String(row.name))
}

/** What acts beyond the database, also in bodies of functions and in texts that are executed. */
function findActions(sql: string): readonly string[] {
  return [...new Set(scan(sql, /\bexecute\b/i.test(sql)))]
}

function scan(sql: string, executesText: boolean): readonly string[] {
  const tokens = tokenize(sql, POSTGRESQL_STYLE).filter((token) => token.kind !== 'comment')
  const starts = tokens.flatMap((_, index) => (index === 0 || STARTS.includes(tokens[index - 1]?.word ?? '') ? [index] : []))
  return starts.flatMap((start, index) => scanStatement(sql, tokens.slice(start, starts[index + 1]), executesText))
}

function scanStatement(sql: string, tokens: readonly Token[], executesText: boolean): readonly string[] {
  const words = tokens.map((token) => (token.kind === 'word' ? token.word : token.kind))
  // A text is code where it is the body of a block or a function, and may be where something executes texts.
  const hasCode = words[0] === 'DO' || (words[0] === 'CREATE' && /^(?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b/.test(words.slice(1).join(' ')))
  const isText = words[0] === 'COMMENT' || words[0] === 'SECURITY'
  const within = tokens.flatMap((token, index) => {
    if (token.kind === 'string')
      return hasCode || (executesText && !isText) ? scan(contentOf(sql.slice(token.start, token.end)), executesText) : []
    const isCall = (token.kind === 'word' || token.kind === 'name') && tokens[index + 1]?.word === '('
    const name = token.word.replaceAll('"', '')
    return isCall && FUNCTIONS.test(name) ? [`${name.toLowerCase()}()`] : []
  })
  return [...(tokens[0]?.kind === 'word' ? nameAction(tokens) : []), ...within]
}

function contentOf(text: string): string {
  if (text.startsWith('$')) return text.replace(/^\$[^$]*\$|\$[^$]*\$$/g, '')
  return text.replace(/^[^']*'|'$/g, '').replaceAll("''", "'")
}

/** @param tokens from the beginning of a statement on */
function nameAction(tokens: readonly Token[]): readonly string[] {
  const end = tokens.findIndex((token) => token.word === ';')
  const words = (end === -1 ? tokens : tokens.slice(0, end)).map((token) => (token.kind === 'word' ? token.word : token.kind))
  const [first = '', second = '', third = ''] = words
  if (['CREATE', 'ALTER', 'DROP'].includes(first) && SHARED.includes(second)) {
    return second === 'FOREIGN' && third === 'TABLE' && first === 'DROP' ? [] : [`${first} ${second}`]
  }
  if (['REASSIGN', 'DROP'].includes(first) && second === 'OWNED') return [`${first} OWNED`]
  if (first === 'COPY' && words.some((word, index) => word === 'PROGRAM' || (word === 'TO' && words[index + 1] === 'string')))
    return ['COPY into a file or a program']
  const on = words.indexOf('ON')
  const isShared = SHARED.includes(words[on + 1] ?? '') || words[on + 1] === 'PARAMETER'
  if (['GRANT', 'REVOKE'].includes(first) && (on === -1 || isShared))
    return [on === -1 ? `${first} of a role` : `${first} ON ${words[on + 1]}`]
  if (['COMMENT', 'SECURITY'].includes(first) && on !== -1 && on <= 2 && isShared) return [`${first} ON ${words[on + 1]}`]
  return []
}
