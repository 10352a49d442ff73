import { expect } from 'vitest'
import type { Finished } from './mien.ts'

/**
 * What every refusal looks like: the exit code, one line that says what is wrong and what to do, no stack
 * trace, nothing on stdout.
 */
export function expectRefusal(
  finished: Finished,
  code: number,
  ...words: readonly (string | RegExp)[]
): void {
  const lines = finished.stderr.trim().split('\n')
  expect({ ...finished, lines: lines.length }).toMatchObject({ code, lines: 1, stdout: '' })
  expect(lines[0]).toMatch(/^mien: .*[.?!)]$/)
  expect(lines[0]).not.toMatch(/\n\s+at |undefined|\[object|NaN|Error:/)
  for (const word of words) expect(lines[0]).toMatch(word)
}
