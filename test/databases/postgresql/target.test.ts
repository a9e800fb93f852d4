import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { targetOfDatabase } from '../../../src/databases/postgresql/connection.js'
import { toolEnvironment } from '../../../src/databases/postgresql/connection-config.js'
import { readTarget } from '../../../src/databases/postgresql/target.js'
import { SafeMigrateError } from '../../../src/errors.js'

const context = { fileBase: '/project/prisma', root: '/project' }
const read = (url: string) => readTarget(url, context)

describe('PostgreSQL targets', () => {
  test.each([
    ['postgresql://u:p@db.example.com:6543/shop?schema=app', 'PostgreSQL database "shop" on db.example.com:6543', 'app', false],
    [
      'postgres://u@localhost/shop?pgbouncer=true&connection_limit=1&unknown=x',
      'PostgreSQL database "shop" on localhost:5432',
      'public',
      true,
    ],
    ['postgresql://u@[::1]:5433/my%20shop', 'PostgreSQL database "my shop" on [::1]:5433', 'public', true],
    [
      'postgresql://u:p@localhost/shop?host=/var/run/postgresql',
      'PostgreSQL database "shop" on /var/run/postgresql (socket 5432)',
      'public',
      true,
    ],
    ['postgresql://u@10.0.0.7', 'PostgreSQL database "postgres" on 10.0.0.7:5432', 'public', false],
  ])('%s', (url, label, schema, isLocal) => {
    expect(read(url)).toMatchObject({ label, schema, isLocal })
  })

  test('one database has one identity, however it is written', () => {
    const identities = ['localhost', '127.0.0.1', 'LOCALHOST:5432', '[::1]'].map(
      (host) => read(`postgresql://u:p@${host}/shop?schema=x`).identity,
    )
    expect(new Set(identities)).toEqual(new Set(['postgresql://localhost:5432/shop']))
    expect(read('postgresql://u@localhost:5433/shop').identity).not.toBe(identities[0])
    expect(read('postgresql://u@localhost/Shop').identity).not.toBe(identities[0])
  })

  test('nothing but the URL is secret, and that does not show', () => {
    const target = read('postgresql://ada:s3cret%40@h/shop?sslpassword=alsosecret&sslidentity=id.p12')
    expect(inspect(target) + JSON.stringify(target)).not.toMatch(/s3cret|ada|alsosecret/)
    expect(toolEnvironment(target)).toMatchObject({ PGUSER: 'ada', PGPASSWORD: 's3cret@', PGDATABASE: 'shop', PGSSLMODE: 'prefer' })
  })

  test.each(['mysql://u:s3cret@h/x', 'postgresql://u:s3/cret#@h:x/db', 'postgresql://u:s3cret%zz@h/db', 'file:./dev.db'])(
    '%s is refused without being shown',
    (url) => {
      const error = catchError(() => read(url))
      expect(error).toBeInstanceOf(SafeMigrateError)
      expect(error).toMatchObject({ code: 'config' })
      expect(inspect(error, { depth: 5 })).not.toMatch(/s3cret|s3\/cret/)
    },
  )

  test('tools get the same encryption', () => {
    expect(toolEnvironment(read('postgresql://u@h/x?sslmode=require'))).toMatchObject({ PGSSLMODE: 'require' })
    expect(toolEnvironment(read('postgresql://u@h/x?sslmode=require&sslaccept=strict&sslcert=ca.pem'))).toMatchObject({
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/project/prisma/ca.pem',
    })
    expect(toolEnvironment(read('postgresql://u@h/x?host=/tmp'))).toMatchObject({ PGHOST: '/tmp', PGSSLMODE: 'disable' })
  })

  test('another database of the same server', () => {
    const other = targetOfDatabase(read('postgresql://u:p@shop.example/shop'), 'shop_copy')
    expect(other).toMatchObject({
      name: 'shop_copy',
      label: 'PostgreSQL database "shop_copy" on shop.example:5432',
      identity: 'postgresql://shop.example:5432/shop_copy',
    })
    expect(toolEnvironment(other)).toMatchObject({ PGDATABASE: 'shop_copy', PGPASSWORD: 'p' })
  })
})

function catchError(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
