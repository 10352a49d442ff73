import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pointsInQuad } from '../../src/engine/face/quad.ts'
import { naturalSide } from '../../src/engine/likeness/portrait.ts'
import type { FilmParameters } from '../../src/node/engine/film-messages.ts'
import type { JobEvents } from '../../src/node/engine/protocol.ts'
import type { AskEngine } from '../../src/node/engine/short-jobs.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { pictureViewer } from '../../src/node/projects/picture-viewer.ts'
import { photographMaker } from '../../src/node/studio/likeness-commands.ts'
import { pictureCommands } from '../../src/node/studio/picture-commands.ts'
import { largestPanel } from '../../src/node/video/film.ts'
import { depict } from '../../src/node/worker/jobs/depict.ts'
import { detect } from '../../src/node/worker/jobs/detect.ts'
import { film } from '../../src/node/worker/jobs/film.ts'
import { likeness } from '../../src/node/worker/jobs/likeness.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { LikenessOrder } from '../../src/shared/likeness.ts'
import { photographs } from '../golden/face-api.ts'

const quiet = new Proxy({}, { get: () => () => undefined }) as Required<JobEvents>
const jobs = { likeness, depict, detect: (parameters: never) => detect(parameters, quiet) }
const askEngine = ((job: keyof typeof jobs, parameters: never) => jobs[job](parameters)) as AskEngine

const home = mkdtempSync(join(tmpdir(), 'mien-film-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const projects = createProjectStore({ folder: `${home}/projects`, bin: `${home}/bin` })
const { 'pictures.add': add } = pictureCommands({
  ...{ projects, askEngine, emit: () => undefined, library: home },
  viewer: pictureViewer({ projects, askEngine }),
  runsOf: async () => [],
})
const maker = photographMaker({ projects, askEngine, resultOf: async () => null })

/** Of the film's panels, and between those of the sheet. */
let side = 0
let gap = 0
let faces: NonNullable<FilmParameters['photograph']>
let parameters: FilmParameters
/** The photograph as the window shows it: as it was, and with the other landmarks. */
const shown: Record<'before' | 'after', Buffer> = { before: Buffer.of(), after: Buffer.of() }

beforeAll(async () => {
  const { id } = await projects.create('Two people', emptySetup())
  const added = async (path: string) =>
    (await add({ project: id, name: 'a.jpg', bytes: new Uint8Array(readFileSync(path)) })).id
  const order: LikenessOrder = {
    ...{ look: await added(photographs[1]!), landmarks: await added(photographs[0]!), points: [], run: null },
    ...{ eyes: 'look', aim: 'landmarks', sources: Array(9).fill(null), shares: Array(9).fill(1) },
  }
  const project = await projects.read(id)
  faces = { ...(await maker.faces(project, order)), beside: false }
  side = Math.min(largestPanel, naturalSide(faces.look.quad)) & ~1
  gap = side >> 4
  const wish = { form: 'square', size: side, judge: false, encoding: { format: 'png' } } as const
  for (const [name, share] of [['before', 0] as const, ['after', 1] as const]) {
    const made = await maker.make(project, { ...order, shares: Array(9).fill(share) }, wish)
    shown[name] = await sharp(made!.file).raw().toBuffer()
  }
  const bytes = new Uint8Array(await sharp(readFileSync(photographs[1]!)).resize(64, 64).png().toBuffer())
  const square = { bytes, points: null }
  const own = pointsInQuad(faces.look.points, faces.look.quad)
  // What was drawn is off where it was to be, in every moment.
  const reached = (done: number) =>
    Array.from(own, (value, i) => value + done * (faces.target[i]! - value) + 0.03)
  parameters = {
    ...{ look: square, landmarks: square, form: 'sheet' },
    frames: [0, 1].map((done) => ({ bytes, step: 10 * done, points: reached(done) })),
    photograph: faces,
  }
}, 60_000)

const going = { shouldStop: () => false }
const filmed = async (more: Partial<FilmParameters> = {}) =>
  (await film({ ...parameters, ...more }, { portion: () => undefined }, going)).file

/** The pixels of a panel of the sheet's first row. */
async function panel(sheet: Uint8Array, column: number): Promise<Buffer> {
  const place = { left: gap + column * (side + gap), top: gap, width: side, height: side }
  return sharp(sheet).extract(place).removeAlpha().raw().toBuffer()
}

function difference(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length)
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
}

describe('a film of the photograph', () => {
  test('begins with the photograph as it was, and ends with the one that the window shows', async () => {
    const sheet = await filmed()
    const [look, , first, last] = await Promise.all([0, 1, 2, 3].map((column) => panel(sheet, column)))
    expect(difference(look!, first!)).toBeLessThan(0.1)
    expect(difference(shown.before, first!)).toBeLessThan(0.1)
    expect(difference(shown.after, last!)).toBeLessThan(0.1)
    expect(difference(first!, last!)).toBeGreaterThan(1)
  })

  test('shows what was drawn beside it where both are wanted', async () => {
    const frames = parameters.frames.slice(0, 1)
    const sheet = await filmed({ frames, photograph: { ...faces, beside: true } })
    const [, landmarks, drawn, photograph] = await Promise.all([0, 1, 2, 3].map((n) => panel(sheet, n)))
    expect(difference(landmarks!, drawn!)).toBe(0)
    expect(difference(shown.after, photograph!)).toBeLessThan(0.1)
  })

  test('leaves out moments whose landmarks are not known', async () => {
    const unknown = { ...parameters.frames[0]!, points: null }
    const sheet = await filmed({ frames: [unknown, ...parameters.frames, unknown] })
    expect(difference(shown.after, await panel(sheet, 3))).toBeLessThan(0.1)
    expect(await sharp(sheet).metadata()).toMatchObject({ width: 4 * (side + gap) + gap })
  })

  test('says in its metadata that it was altered, and still plays from its first byte on', async () => {
    const xmp = '<x:xmpmeta>altered</x:xmpmeta>'
    const marked = Buffer.from(await filmed({ form: 'mp4', xmp }))
    expect(marked.toString('latin1', 4, 8)).toBe('ftyp')
    const box = marked.subarray(marked.length - xmp.length - 24)
    expect([box.readUInt32BE(0), box.toString('latin1', 4, 8)]).toEqual([box.length, 'uuid'])
    expect(box.toString('utf8', 24)).toBe(xmp)
    expect(String((await sharp(await filmed({ xmp })).metadata()).xmp)).toBe(xmp)
  })

  test.each(['mp4', 'sheet'] as const)('as %s ends where it is stopped', async (form) => {
    const frames = Array.from({ length: 30 }, (_, step) => ({ ...parameters.frames[0]!, step }))
    const portion = vi.fn()
    const control = { shouldStop: () => portion.mock.calls.length === 3 }
    const stopped = film({ ...parameters, frames, form }, { portion }, control)
    await expect(stopped).rejects.toMatchObject({ code: 'stopped' })
    expect(portion.mock.calls.map(([done]) => done)).toEqual([1 / 30, 2 / 30, 3 / 30])
  })
})
