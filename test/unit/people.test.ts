import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  closesEyes,
  likenessPairs,
  opensMouth,
  turnsHead,
  whoOf,
} from '../../models/evaluation/likeness-pairs.ts'
import { type Archive, archives, photographsIn } from '../../models/evaluation/people.ts'

describe('photographs in an archive', () => {
  let cache: string
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'mien-people-'))
  })
  afterEach(() => rm(cache, { recursive: true }))

  /** Packs a text as a picture and keeps the archive as if it had been fetched. */
  async function keptArchive(photographs: Archive['photographs']): Promise<Archive> {
    await writeFile(join(cache, 'one.jpg'), 'a picture')
    await writeFile(join(cache, 'two.jpg'), 'another picture')
    const file = join(cache, 'archive.tgz')
    await create({ file, cwd: cache, gzip: true, prefix: 'package' }, ['one.jpg', 'two.jpg'])
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    await rename(file, join(cache, `${sha256}.tar.gz`))
    const folder = 'package'
    return { registry: 'npm', package: 'pictures', version: '1.0.0', sha256, folder, photographs }
  }

  test('are read from the kept file, in the order asked for', async () => {
    const archive = await keptArchive([
      { id: 'b', file: 'two.jpg', traits: ['old'] },
      { id: 'a', file: 'one.jpg', who: 'somebody', traits: [] },
    ])
    const read = await photographsIn(archive, cache)
    expect(read.map(({ bytes, ...rest }) => ({ ...rest, text: new TextDecoder().decode(bytes) }))).toEqual([
      { id: 'b', traits: ['old'], text: 'another picture' },
      { id: 'a', who: 'somebody', traits: [], text: 'a picture' },
    ])
  })

  test('must be there', async () => {
    const archive = await keptArchive([{ id: 'c', file: 'three.jpg', traits: [] }])
    await expect(photographsIn(archive, cache)).rejects.toThrow('pictures has no package/three.jpg.')
  })
})

describe('pairs of people', async () => {
  const people = (await archives()).flatMap(({ photographs }) => photographs)
  const pairs = likenessPairs(people)
  const named = new Map(people.map((person) => [person.id, person]))
  const each = pairs.map(({ look, landmarks }) => [named.get(look)!, named.get(landmarks)!] as const)

  test('are many, of many people, and never of one person', () => {
    expect(named.size).toBe(people.length)
    expect(new Set(people.map(whoOf)).size).toBeGreaterThanOrEqual(12)
    expect(new Set(pairs.map(({ look, landmarks }) => `${look} ${landmarks}`)).size).toBe(2 * people.length)
    expect(pairs.length).toBeGreaterThanOrEqual(60)
    for (const [look, landmarks] of each) expect(whoOf(look)).not.toBe(whoOf(landmarks))
  })

  test('open and close mouths and eyes, and turn heads both ways', () => {
    for (const trait of [opensMouth, closesEyes, turnsHead]) {
      expect(each.filter(([look, landmarks]) => trait(look) && !trait(landmarks)).length).toBeGreaterThan(3)
      expect(each.filter(([look, landmarks]) => !trait(look) && trait(landmarks)).length).toBeGreaterThan(3)
    }
  })

  test('take the landmarks of everybody, of nobody often', () => {
    const uses = people.map(({ id }) => pairs.filter(({ landmarks }) => landmarks === id).length)
    expect(Math.min(...uses)).toBeGreaterThan(0)
    expect(Math.max(...uses)).toBeLessThan(5)
  })
})
