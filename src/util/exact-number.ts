/** A number of any size: its digits, and how many of them are behind the point. Or what is no number of digits. */
type ExactNumber = { readonly digits: bigint; readonly scale: number } | 'NaN' | 'Infinity' | '-Infinity'

/** Longer ones are no numbers that a database gives. */
const MOST_DIGITS = 200_000

/** As databases write numbers: `12`, `-0.50`, `1e+308`, `NaN`. Null for anything else. */
function readNumber(text: string): ExactNumber | null {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^([-+]?)(\d+)(?:\.(\d*))?(?:[eE]([-+]?\d{1,6}))?$/.exec(text) ?? []
  if (whole === '') return null
  const scale = fraction.length - Number(exponent)
  if (Math.abs(scale) > MOST_DIGITS) return null
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n)
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale }
}

/** Negative when `a` is less than `b`, 0 when they are the same number, exactly. NaN is above all, as in PostgreSQL. Null when one of them is no number. */
export function compareNumbers(a: string, b: string): number | null {
  const [left, right] = [readNumber(a), readNumber(b)]
  if (left === null || right === null) return null
  if (typeof left === 'string' || typeof right === 'string') return Math.sign(rankOf(left) - rankOf(right))
  const scale = Math.max(left.scale, right.scale)
  const difference = left.digits * 10n ** BigInt(scale - left.scale) - right.digits * 10n ** BigInt(scale - right.scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function rankOf(number: ExactNumber): number {
  return typeof number === 'string' ? { '-Infinity': -1, Infinity: 1, NaN: 2 }[number] : 0
}
