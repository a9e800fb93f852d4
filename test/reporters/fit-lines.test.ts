import { red } from 'kleur/colors'
import { expect, test } from 'vitest'
import { fitLines } from '../../src/reporters/fit-lines.js'

test('what fits stays', () => {
  expect(fitLines('  short\n\nand short', 20)).toBe('  short\n\nand short')
})

test.each([
  ['between words', 'one two three four', 9, ['one two', 'three', 'four']],
  ['under the text after a sign', '✖ one two three', 9, ['✖ one two', '  three']],
  ['under an indented line, a step further', '  one two three', 9, ['  one two', '    three']],
  ['not inside backticks', 'see `prisma migrate resolve` first', 18, ['see', '`prisma migrate resolve`', 'first']],
  ['also at a backtick that is alone', 'one two three `four', 9, ['one two', 'three', '`four']],
  ['not inside a word', 'a /very/long/path/to/a.sql here', 12, ['a', '/very/long/path/to/a.sql', 'here']],
  ['by what is seen of it', `${red('✖')} ${red('one')} two three`, 9, [`${red('✖')} ${red('one')} two`, '  three']],
  ['by columns, not characters', '日本 日本 x', 6, ['日本', '日本 x']],
  [
    'before a command, which stays whole',
    '  To see all of it: safe-migrate diff 1 --as csv',
    20,
    ['  To see all of it:', '    safe-migrate diff 1 --as csv'],
  ],
  ['never within a command', '    safe-migrate diff 1 --as csv', 20, ['    safe-migrate diff 1 --as csv']],
  ['before a statement', 'To end it: SELECT pg_terminate_backend(1);', 20, ['To end it:', '  SELECT pg_terminate_backend(1);']],
  ['never within code', '  3 │ UPDATE "Product" SET "price" = 1;', 20, ['  3 │ UPDATE "Product" SET "price" = 1;']],
])('breaks %s', (_, text, columns, lines) => {
  expect(fitLines(text, columns).split('\n')).toEqual(lines)
})

test('columns that are set apart begin the next line without their blanks', () => {
  expect(fitLines('✔ one  two  three', 10)).toBe('✔ one  two\n  three')
})
