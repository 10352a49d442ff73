/** As much of the process's last words as helps to say why it ended. */
export const keptOutput = 4000

/** Why the engine process ended, as the end of a sentence. */
export function exitReason(code: number | null, signal: NodeJS.Signals | null, lastWords: string): string {
  const line = lastWords.trim().split('\n').at(-1)?.trim().slice(0, 300)
  if (signal === 'SIGKILL') return 'it was killed, perhaps for want of memory'
  if (/\b(EMFILE|ENFILE)\b/.test(lastWords)) return 'the system allows too few open files'
  if (/heap out of memory|bad_alloc/.test(lastWords)) return 'out of memory'
  const how = signal === null ? `exit code ${code}` : signal
  return line ? `${how}, ${line}` : how
}
