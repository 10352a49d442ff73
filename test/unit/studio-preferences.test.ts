import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parsePreferences, preferenceCommands } from '../../src/node/studio/preference-commands.ts'
import { defaultPreferences } from '../../src/shared/preferences.ts'

let folder: string
let told: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mien-preferences-'))
  told = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => join(folder, 'of', 'mine', 'preferences.json')
const commands = () => preferenceCommands({ file: file(), emit: (name) => told.push(name) })

describe('preferences', () => {
  test('are the defaults at first, and kept field by field', async () => {
    expect(await commands()['preferences.get']({})).toEqual(defaultPreferences)
    await commands()['preferences.set']({ theme: 'dark' })
    await commands()['preferences.set']({ language: 'de', sort: undefined })
    expect(await commands()['preferences.get']({})).toEqual({
      ...defaultPreferences,
      theme: 'dark',
      language: 'de',
    })
    expect(told).toEqual(['preferences', 'preferences'])
  })

  test('changes at the same time do not lose one another', async () => {
    const both = commands()
    await Promise.all([
      both['preferences.set']({ theme: 'light' }),
      both['preferences.set']({ notify: false }),
      both['preferences.set']({ sort: 'name' }),
    ])
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
      theme: 'light',
      notify: false,
      sort: 'name',
    })
  })

  test('what is damaged or unknown falls back field by field', () => {
    const text = JSON.stringify({ theme: 'pink', language: 'de', presets: [{ name: '' }], more: 1 })
    expect(parsePreferences(text)).toEqual({ ...defaultPreferences, language: 'de' })
    for (const damaged of ['', '{"theme":"da', 'null', '[]', '"dark"']) {
      expect(parsePreferences(damaged)).toEqual(defaultPreferences)
    }
  })

  test('a file that cannot be written is a typed refusal, and leaves the old one', async () => {
    await commands()['preferences.set']({ theme: 'dark' })
    const inTheWay = preferenceCommands({ file: join(file(), 'x', 'p.json'), emit: () => undefined })
    await expect(inTheWay['preferences.set']({ theme: 'light' })).rejects.toMatchObject({
      code: 'unwritable',
    })
    expect((await commands()['preferences.get']({})).theme).toBe('dark')
  })
})
