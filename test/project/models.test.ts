import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readModels } from '../../src/project/models.js'

function write(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'models-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const SETTINGS = `generator client {
  provider        = "prisma-client-js"
  previewFeatures = ["metrics", "of a Prisma to come"]
}
datasource db {
  provider  = "postgresql"
  url       = env("DATABASE_URL") // not any more in Prisma 7 {
  directUrl = "postgresql://a:{b}@c/d"
  schemas   = ["auth", "shop"]
}
`

it('names of models and fields in the database, over several files, whatever version the settings are for', async () => {
  const folder = write({
    'settings.prisma': SETTINGS,
    'auth.prisma': `enum Role {
  ADMIN @map("admin")
  USER
  @@schema("auth")
}
model User {
  id        String   @id @default(cuid())
  email     String?  @unique @map("e_mail") // {
  roles     Role[]
  note      String   @default("{}")
  secret    Bytes
  createdAt DateTime @default(now())
  changedAt DateTime @updatedAt
  place     Unsupported("point")?
  orders    Order[]
  @@map("users")
  @@schema("auth")
}`,
    'shop.prisma': `model Order {
  user   User   @relation(fields: [userId], references: [id])
  userId String @map("user_id")
  number Int
  slug   String
  @@id([userId, number])
  @@unique([slug, number])
  @@schema("shop")
}`,
  })
  const [order, user] = (await readModels(folder)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  expect(user).toMatchObject({ name: 'User', table: 'users', schema: 'auth', primaryKey: ['id'], uniqueKeys: [['email']] })
  expect(user?.fields.map(({ name, column, type, isOptional }) => [name, column, type, isOptional])).toEqual([
    ['id', 'id', 'String', false],
    ['email', 'e_mail', 'String', true],
    ['roles', 'roles', 'Role', false],
    ['note', 'note', 'String', true],
    ['secret', 'secret', 'Bytes', false],
    ['createdAt', 'createdAt', 'DateTime', true],
    ['changedAt', 'changedAt', 'DateTime', false],
  ])
  const field = (name: string) => user?.fields.find((one) => one.name === name)
  expect(field('id')?.clientDefault).toBe('cuid')
  expect(field('changedAt')?.clientDefault).toBe('updatedAt')
  expect(field('roles')?.enumValues).toEqual(new Map(Object.entries({ ADMIN: 'admin', USER: 'USER' })))
  expect(order).toMatchObject({ table: 'Order', schema: 'shop', primaryKey: ['userId', 'number'], uniqueKeys: [['slug', 'number']] })
  expect(order?.fields.map(({ column }) => column)).toEqual(['user_id', 'number', 'slug'])
})

it('says what Prisma says where the schema is wrong', async () => {
  const folder = write({ 'schema.prisma': `${SETTINGS}model User {\n  id Nothing @id\n  @@schema("auth")\n}\n` })
  await expect(readModels(folder)).rejects.toMatchObject({ code: 'config', why: expect.stringContaining('"Nothing"') })
})
