import { messageOf, SafeMigrateError } from '../../errors.js'
import type { Target } from '../database.js'

/** SQLSTATE or Node error code of anything thrown, `''` when it has none. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

export const DATABASE_MISSING = '3D000'
export const NOT_ALLOWED = '42501'

/** The server ended the session (class 08, 57P01 to 57P05), or the line is dead: as sockets and the driver say it. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  if (/^08|^57P0[1-5]$/.test(code) || ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'].includes(code)) return true
  return /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(messageOf(error))
}

/** Whether row level security would hide rows; the code is that of any missing right, and the words are in the server's language. */
export function isHiddenByPolicy(error: unknown): boolean {
  return codeOf(error) === NOT_ALLOWED && error instanceof Error && 'routine' in error && error.routine === 'check_enable_rls'
}

/** Data, constraints, check options, limits of the server, what triggers raise, policies. */
export function isRefusal(error: unknown): boolean {
  return /^(22|23|44|54|P0|42501)/.test(codeOf(error))
}

/** Whether the server offers no encryption, or refuses encrypted connections of this user. */
export function isTlsRefused(error: unknown): boolean {
  return /does not support SSL/i.test(messageOf(error)) || (codeOf(error) === '28000' && /SSL (on|encryption)/i.test(messageOf(error)))
}

/** Turns what the driver threw into what a person can act on. Server messages hold no password; the URL is never shown. */
export function connectionError(target: Target, error: unknown): SafeMigrateError {
  if (error instanceof SafeMigrateError) return error
  const { message, why, next } = explain(target, codeOf(error), reasonOf(error))
  return new SafeMigrateError({ code: 'connection', message, why, next, cause: error })
}

interface Explanation {
  readonly message: string
  readonly why: string
  readonly next: readonly string[]
}

function explain(target: Target, code: string, reason: string): Explanation {
  if (code === DATABASE_MISSING) {
    return {
      message: `${target.label} does not exist.`,
      why: reason,
      next: ['Create it, or correct the database name in the connection URL.'],
    }
  }
  if (code === '28P01' || /password must be a string|no password|SASL/i.test(reason)) {
    return {
      message: `${target.label} refused the user or the password.`,
      why: reason,
      next: ['Correct the user and password in the connection URL; special characters must be percent-encoded.'],
    }
  }
  return explainTransport(target, code, reason)
}

function explainTransport(target: Target, code: string, reason: string): Explanation {
  if (/certificate|self.signed|altnames/i.test(reason) || code.startsWith('ERR_TLS')) {
    return {
      message: `The certificate of ${target.label} is not trusted.`,
      why: reason,
      next: [
        'Name the file of the certificate authority in the connection URL: sslcert=path/to/ca.pem',
        'Or do not check the certificate: sslaccept=accept_invalid_certs',
      ],
    }
  }
  if (/does not support SSL/i.test(reason)) {
    return {
      message: `${target.label} does not offer encrypted connections.`,
      why: reason,
      next: ['Set sslmode=prefer or sslmode=disable in the connection URL.'],
    }
  }
  if (code === '28000') {
    const next = /no encryption|SSL off/i.test(reason)
      ? ['The server wants encryption: set sslmode=require in the connection URL.']
      : ['Allow this user and address in the pg_hba.conf of the server, or connect as another user.']
    return { message: `${target.label} does not accept this connection.`, why: reason, next }
  }
  if (code === '57P03')
    return { message: `${target.label} is starting up or shutting down.`, why: reason, next: ['Try again in a moment.'] }
  if (code === '53300')
    return { message: `${target.label} has no connection left.`, why: reason, next: ['Close other connections, or raise max_connections.'] }
  return {
    message: `${target.label} cannot be reached.`,
    why: reason,
    next: ['Check that the server runs, and the host and port in the connection URL. A slow network may need connect_timeout=30.'],
  }
}

/** Node tries every address of a host name and reports them together, with an empty message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join('; ')
  return messageOf(error)
}
