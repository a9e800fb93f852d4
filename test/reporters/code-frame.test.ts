import { describe, expect, it } from 'vitest'
import { databaseOfProvider } from '../../src/databases/index.js'
import { checkFiles } from '../../src/findings/check-files.js'
import { renderCodeFrame } from '../../src/reporters/code-frame.js'
import { displayWidth } from '../../src/util/display-width.js'

/** The frames of all findings of a file, as they stand on a screen without colours. */
async function framesOf(sql: string): Promise<readonly string[]> {
  const postgresql = databaseOfProvider('postgresql')
  if (postgresql === null) throw new Error('no PostgreSQL')
  const { findings } = await checkFiles([{ migration: 'm', file: 'm/migration.sql', sql }], postgresql)
  return findings.map(renderCodeFrame)
}

/** What stands above the marks, told by columns of a terminal. */
function marked(frame: string): string {
  const lines = frame.split('\n')
  const at = lines.findIndex((line) => line.includes('^'))
  const marks = lines[at] ?? ''
  const [from, to] = [marks.indexOf('^'), marks.lastIndexOf('^') + 1]
  let column = 0
  let text = ''
  for (const { segment } of new Intl.Segmenter('en').segment(lines[at - 1] ?? '')) {
    if (column >= from && column < to) text += segment
    column += displayWidth(segment)
  }
  return text
}

describe('the offending SQL underlined', () => {
  it('marks only the action that loses something, with the number of its line', async () => {
    const [frame] = await framesOf('\n\nALTER TABLE "User"\n  ADD COLUMN "x" TEXT,\n  DROP COLUMN "nickname",\n  ADD COLUMN "y" INT;\n')
    expect(frame).toBe(
      ['3 │ ALTER TABLE "User"', '4 │   ADD COLUMN "x" TEXT,', '5 │   DROP COLUMN "nickname",', '  │   ^^^^^^^^^^^^^^^^^^^^^^'].join('\n'),
    )
  })

  it('leaves out what stands between the head of a statement and the action', async () => {
    const [frame] = await framesOf('ALTER TABLE "User"\n  ADD COLUMN "x" TEXT,\n  ADD COLUMN "y" INT,\n  DROP COLUMN "a";\n')
    expect(frame).toBe('1 │ ALTER TABLE "User"\n  │ … 2 more lines\n4 │   DROP COLUMN "a"\n  │   ^^^^^^^^^^^^^^^')
  })

  it('marks each of several actions in one line', async () => {
    const frames = await framesOf('ALTER TABLE "User" DROP COLUMN "a", DROP COLUMN "b";')
    expect(frames.map(marked)).toEqual(['DROP COLUMN "a"', 'DROP COLUMN "b"'])
  })

  it('marks the second statement of a line, not the first', async () => {
    const [frame] = await framesOf('SELECT 1; DROP TABLE "a";')
    expect(frame).toBe('1 │ DROP TABLE "a"\n  │ ^^^^^^^^^^^^^^')
  })

  it('shortens a statement of many lines', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => `    OR "id" = ${index}`)
    const [frame = ''] = await framesOf(`DELETE FROM "User"\n  WHERE false\n${lines.join('\n')};`)
    expect(frame.split('\n')).toHaveLength(6)
    expect(frame).toContain('1 │ DELETE FROM "User"\n')
    expect(marked(frame)).toBe('DELETE FROM "User"')
    expect(frame).toContain('… 38 more lines')
  })

  it('tabs, wide characters, emoji and combining marks do not shift the marks', async () => {
    for (const name of ['ascii', '名前の列', '가나다', '👩‍👩‍👧‍👦 家族', 'é́́', 'ｱﾊﾟｰﾄ', '❤️', 'naïve\tÜber']) {
      const [frame = ''] = await framesOf(`ALTER TABLE "表👍"\tADD COLUMN "${name}x" TEXT,\tDROP COLUMN "${name}", ADD COLUMN "z" INT;`)
      expect(marked(frame).replaceAll('    ', '\t')).toBe(`DROP COLUMN "${name}"`)
    }
  })

  it('line ends of Windows and a byte order mark leave no trace', async () => {
    const [frame] = await framesOf('\uFEFFALTER TABLE "User"\r\n\tDROP COLUMN "a",\r\n\tDROP COLUMN "b";\r\n')
    expect(frame).toBe('1 │ ALTER TABLE "User"\n2 │     DROP COLUMN "a",\n  │     ^^^^^^^^^^^^^^^')
  })

  it('cuts a long line around what is marked', async () => {
    const many = (from: number) => Array.from({ length: 60 }, (_, index) => `ADD COLUMN "column_${from + index}" TEXT`).join(', ')
    const [frame = ''] = await framesOf(`ALTER TABLE "User" ${many(0)}, DROP COLUMN "nickname", ${many(60)};`)
    const [line = ''] = frame.split('\n')
    expect(displayWidth(line)).toBeLessThanOrEqual(76)
    expect(line).toMatch(/^1 │ … .*DROP COLUMN "nickname".* …$/)
    expect(marked(frame)).toBe('DROP COLUMN "nickname"')
  })

  it('a line of megabytes costs no time and fits', async () => {
    const [frame = ''] = await framesOf(`DELETE FROM "User" WHERE "name" <> '${'名'.repeat(1_000_000)}';`)
    expect(frame.split('\n').every((line) => displayWidth(line) <= 76)).toBe(true)
  })

  it('what would move the cursor or reorder the text is not printed', async () => {
    const [frame = ''] = await framesOf(`DELETE FROM "User" WHERE "a" = '\u001b[2K\u202Egnp.exe' AND "b" = '\r';`)
    expect(frame).not.toMatch(/(?!\n)\p{Cc}|\u202E/u)
  })
})
