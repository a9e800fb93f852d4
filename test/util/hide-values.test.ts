import { expect, test } from 'vitest'
import { hideValues } from '../../src/util/hide-values.js'

test.each([
  ['invalid input syntax for type integer: "A-17"', 'invalid input syntax for type integer'],
  ['invalid input syntax for type uuid: "a": "b\nc"', 'invalid input syntax for type uuid'],
  ['invalid input value for enum "Kind": "secret"', 'invalid input value for enum "Kind"'],
  ['value "99999999999" is out of range for type integer', 'value is out of range for type integer'],
  ['"1e999" is out of range for type double precision', 'is out of range for type double precision'],
  ['"x" is not a valid binary digit', 'is not a valid binary digit'],
  ['ungültige Eingabesyntax für Typ integer: »A-17«', 'ungültige Eingabesyntax für Typ integer'],
  ['Wert »99999999999« ist außerhalb des gültigen Bereichs', 'Wert ist außerhalb des gültigen Bereichs'],
  ['syntaxe en entrée invalide pour le type integer : « A-17 »', 'syntaxe en entrée invalide pour le type integer'],
  ['値"99999999999"は型integerの範囲外です', '値は型integerの範囲外です'],
  ['new row for relation "User" violates check constraint "User_age"', 'new row for relation "User" violates check constraint "User_age"'],
])('%s', (message, hidden) => {
  expect(hideValues(message)).toBe(hidden)
})
