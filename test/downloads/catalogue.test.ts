import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileNameOf, nextAddress } from '../../src/node/downloads/address.ts'
import { catalogueOf, readCatalogue, setNamed } from '../../src/node/downloads/catalogue.ts'
import { sentences } from '../../src/renderer/locales/de/sentences.ts'
import { translatorOf } from '../../src/renderer/locales/sentences.ts'
import { licencesOf } from '../../src/shared/catalogue.ts'

const entry = {
  id: 'tiny',
  name: 'Tiny',
  licence: { name: 'Mine', url: 'https://example.com/licence' },
  files: [{ url: 'https://example.com/a.pkl', bytes: 10, sha256: 'AB'.repeat(32) }],
}
const parsed = (value: unknown, own = true) => catalogueOf(JSON.stringify(value), 'c.json', own)
const withFile = (file: object) => [{ ...entry, files: [{ ...entry.files[0], ...file }] }]

describe('the catalogue that comes with Mien', () => {
  test('is valid, and every set makes a search possible with licences that say what they are for', async () => {
    const { sets, rules } = await readCatalogue()
    expect(sets.map(({ id }) => id)).toEqual(['ffhq-1024', 'ffhq-512', 'ffhq-256', 'metfaces-1024'])
    expect(rules).toEqual({ own: false, hosts: new Set(['nvlabs-fi-cdn.nvidia.com', 'www.adrianbulat.com']) })
    for (const set of sets) {
      expect(set.files.map(({ url }) => fileNameOf(new URL(url)))).toEqual([
        expect.stringMatching(/\.pkl$/),
        '2DFAN4-cd938726ad.zip',
        'vgg16.pt',
      ])
      expect(licencesOf(set).every(({ use, url }) => use !== undefined && url.startsWith('https://'))).toBe(
        true,
      )
      expect(set.citation).toBeDefined()
    }
  })

  test('is there in German', async () => {
    const say = translatorOf(sentences)
    const { sets } = await readCatalogue()
    const said = sets.flatMap((set) => [set.name, ...licencesOf(set).map(({ use }) => use!)])
    expect(said.filter((text) => say(text) === text)).toEqual([])
  })

  test('says of a file the same wherever it stands', async () => {
    const files = (await readCatalogue()).sets.flatMap((set) => set.files)
    expect(new Set(files.map((file) => JSON.stringify(file))).size).toBe(
      new Set(files.map(({ url }) => url)).size,
    )
  })

  test('agrees with the hash in the name of the landmark network', async () => {
    const { sets } = await readCatalogue()
    expect(sets[0]!.files[1]!.sha256?.startsWith('cd938726ad')).toBe(true)
  })

  test('is packed', () => {
    const builder = readFileSync(join(import.meta.dirname, '../../build/electron-builder.mjs'), 'utf8')
    expect(builder).toContain("'models/catalogue.json'")
  })
})

describe('a catalogue of one’s own', () => {
  test.each([
    ['a list', [entry]],
    ['one set', entry],
    ['sets by name', { sets: [entry] }],
  ])('may be %s', (_, value) => {
    expect(parsed(value).sets[0]).toMatchObject({
      id: 'tiny',
      files: [{ bytes: 10, sha256: 'ab'.repeat(32) }],
    })
  })

  test.each([
    ['no JSON', undefined],
    ['an empty id', [{ ...entry, id: '' }]],
    ['a path as an id', [{ ...entry, id: '../x' }]],
    ['an id twice', [entry, entry]],
    ['no licence', [{ ...entry, licence: undefined }]],
    ['no files', [{ ...entry, files: [] }]],
    ['a file twice', [{ ...entry, files: [...entry.files, ...entry.files] }]],
    ['no length', withFile({ bytes: undefined })],
    ['a length of nothing', withFile({ bytes: 0 })],
    ['a hash of something else', withFile({ sha256: 'x'.repeat(64) })],
    ['a hash too short to say anything', withFile({ sha256: 'abcd' })],
    ['no address', withFile({ url: 'a.pkl' })],
    ['an address with a password', withFile({ url: 'https://me:secret@example.com/a.pkl' })],
  ])('with %s is refused', (_, value) => {
    expect(() => parsed(value)).toThrow(expect.objectContaining({ code: 'bad-file' }))
  })

  test.each([
    ['in a list', withFile({ bytes: 0 }), '0.files.0.bytes'],
    ['among sets', { sets: withFile({ bytes: 0 }) }, 'sets.0.files.0.bytes'],
    ['in one set', withFile({ bytes: 0 })[0], 'files.0.bytes'],
  ])('says where it is wrong, %s', (_, value, where) => {
    expect(() => parsed(value)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`"${where}"`) }),
    )
  })

  test('that is not JSON is told so', () => {
    expect(() => catalogueOf('{"sets": [],}', 'c.json', true)).toThrow(/not JSON/)
  })

  test.each(['C:\\models\\ffhq.pkl', 'ftp://127.0.0.1/a', 'data:,x'])(
    'says of %s that it is no address',
    (url) => {
      expect(() => parsed(withFile({ url }))).toThrow(/no address that Mien fetches from/)
    },
  )

  test.each(['http://127.0.0.1:80/a', 'http://[::1]:8080/a', 'file:///a/b.pkl'])(
    'may name %s, which that of Mien may not',
    (url) => {
      expect(parsed(withFile({ url })).sets).toHaveLength(1)
      expect(() => parsed(withFile({ url }), false)).toThrow(expect.objectContaining({ code: 'download' }))
    },
  )

  test.each([
    'http://example.com/a',
    'http://localhost/a',
    'ftp://example.com/a',
    'http://127.0.0.1.nip.io/a',
  ])('may not name %s', (url) => {
    expect(() => parsed(withFile({ url }))).toThrow(expect.objectContaining({ code: 'download' }))
  })

  test('without the set that is asked for says which it has', () => {
    expect(() => setNamed(parsed([entry]), 'other')).toThrow(
      expect.objectContaining({ code: 'download', hint: 'Its sets are tiny.' }),
    )
    expect(() => setNamed(parsed([]), 'other')).toThrow(expect.objectContaining({ hint: 'It has none.' }))
  })
})

describe('where an answer leads', () => {
  const { rules } = parsed([
    entry,
    { ...entry, id: 'b', files: [{ url: 'http://127.0.0.1:81/b', bytes: 1 }] },
  ])
  const from = new URL('https://example.com/a/b.pkl')

  test('is followed within the hosts of the catalogue', () => {
    expect(nextAddress(from, '../c.pkl', rules).href).toBe('https://example.com/c.pkl')
  })

  test.each([
    'https://example.org/b',
    'https://example.com:444/b',
    'http://example.com/b',
    'http://127.0.0.1:81/b',
    'file:///etc/passwd',
    'data:text/plain,x',
    'https://',
  ])('is not followed to %s', (location) => {
    expect(() => nextAddress(from, location, rules)).toThrow(expect.objectContaining({ code: 'download' }))
  })
})

test.each([
  ['https://e.com/a/2DFAN4-cd.zip?x=1', '2DFAN4-cd.zip'],
  ['https://e.com/..%2f..%2fetc', '-..-etc'],
  ['https://e.com/.hidden', 'hidden'],
  ['https://e.com/%ff', '-ff'],
  ['https://e.com/', 'download'],
])('the file at %s is called %s', (url, name) => {
  expect(fileNameOf(new URL(url))).toBe(name)
})
