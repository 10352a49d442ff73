import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { spoken } from './spoken.ts'

// As for a user that has a number and no account, and whose environment names no home.
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  homedir: () => '',
  userInfo() {
    throw new Error('uv_os_get_passwd returned ENOENT')
  },
}))

beforeEach(() => {
  for (const name of ['MIEN_HOME', 'XDG_DATA_HOME', 'LOCALAPPDATA']) vi.stubEnv(name, '')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a user without a home', () => {
  test.each([['models'], ['import', '--help']])('is told what to set: mien %s %s', async (...words) => {
    const { code, stderr } = await spoken(words.filter(Boolean))
    expect(code).toBe(2)
    expect(stderr).toMatch(/^mien: There is no home folder [^\n]*Set MIEN_HOME[^\n]*\n$/)
  })

  test.each([['--help'], ['models', '--help']])(
    'gets all help that does not name it: mien %s %s',
    async (...words) => {
      const { code, stdout } = await spoken(words.filter(Boolean))
      expect(code).toBe(0)
      expect(stdout).toContain('Usage: mien')
    },
  )
})
