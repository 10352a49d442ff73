import type { CommanderError } from 'commander'

/** What Commander says of a line that it does not take, as a sentence. */
export function spokenError({ message }: CommanderError): string {
  const [first = '', ...rest] = message
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ')
}
