import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JobEvents } from '../../src/node/engine/protocol.ts'
import type { AskEngine } from '../../src/node/engine/short-jobs.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { pictureViewer } from '../../src/node/projects/picture-viewer.ts'
import { likenessCommands, photographMaker } from '../../src/node/studio/likeness-commands.ts'
import { pictureCommands } from '../../src/node/studio/picture-commands.ts'
import { depict } from '../../src/node/worker/jobs/depict.ts'
import { detect } from '../../src/node/worker/jobs/detect.ts'
import { likeness } from '../../src/node/worker/jobs/likeness.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { LikenessOrder } from '../../src/shared/likeness.ts'
import type { Preview } from '../../src/shared/run.ts'
import { photographs } from '../golden/face-api.ts'

const quiet = new Proxy({}, { get: () => () => undefined }) as Required<JobEvents>
const jobs = { likeness, depict, detect: (parameters: never) => detect(parameters, quiet) }
const askEngine = ((job: keyof typeof jobs, parameters: never) => jobs[job](parameters)) as AskEngine

const home = mkdtempSync(join(tmpdir(), 'mien-likeness-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))
const projects = createProjectStore({ folder: `${home}/projects`, bin: `${home}/bin` })
const emit = () => undefined
const viewer = pictureViewer({ projects, askEngine })
const { 'pictures.add': add, 'pictures.align': align } = pictureCommands({
  ...{ projects, askEngine, viewer, emit, library: home },
  runsOf: async () => [],
})
let result: Preview | null = null
const maker = photographMaker({ projects, askEngine, resultOf: async () => result })
const { 'likeness.show': show, 'likeness.export': exported } = likenessCommands(projects, maker)

let project: string
/** A woman with an open mouth, one with closed eyes, and one whom the pack drew. */
const pictures: Record<'open' | 'shut' | 'drawn', string> = { open: '', shut: '', drawn: '' }
beforeAll(async () => {
  project = (await projects.create('Two people', emptySetup())).id
  const files = { open: photographs[0]!, shut: photographs[1]!, drawn: 'models/examples/look.png' }
  for (const [name, path] of Object.entries(files)) {
    const bytes = new Uint8Array(readFileSync(path))
    pictures[name as 'open'] = (await add({ project, name: `${name}.jpg`, bytes })).id
  }
}, 60_000)

function order(more: Partial<LikenessOrder> = {}): LikenessOrder {
  return {
    ...{
      look: pictures.shut,
      landmarks: pictures.open,
      points: [],
      eyes: 'look',
      aim: 'landmarks',
      run: null,
    },
    sources: Array(9).fill(null),
    shares: Array(9).fill(1),
    ...more,
  }
}

const square = (asked: Partial<LikenessOrder> = {}) =>
  show({ project, order: order(asked), form: 'square', size: 256, judge: true })

describe('a photograph with the landmarks of another', () => {
  test('is the person, with the other mouth', async () => {
    const made = await square()
    expect(made).toMatchObject({ parts: ['mouth'], warnings: [], drawn: false })
    expect(made!.identity).toBeLessThan(0.6)
    expect(await sharp(made!.image).metadata()).toMatchObject({ width: 256, height: 256 })
  })

  test('follows the groups, the eyes and the points that are asked for', async () => {
    const still = await square({ shares: Array(9).fill(0) })
    expect(still).toMatchObject({ parts: [], stretch: expect.closeTo(1, 1) })
    expect(still!.identity).toBeLessThan(0.2)
    const made = await square({ eyes: 'landmarks' })
    expect(made!.parts).toEqual(['mouth', 'left eye', 'right eye'])
    const [x, y] = [made!.points[60]!, made!.points[61]! + 0.02]
    const dragged = await square({ points: [{ index: 30, x, y }] })
    expect(dragged!.points[61]).toBeGreaterThan(made!.points[61]! + 0.005)
  })

  test('is what the gallery knows a project by, unless the look is drawn', async () => {
    const before = await projects.read(project)
    const of = (look: string) => ({ ...before, setup: { ...before.setup, look, landmarks: pictures.open } })
    const cover = await maker.cover(of(pictures.shut))
    expect(await sharp(cover!).metadata()).toMatchObject({ format: 'webp', width: 335, height: 335 })
    expect(await maker.cover(of(pictures.drawn))).toBeNull()
    expect(await maker.cover(before)).toBeNull()
  })

  test('says of a drawing that it is one', async () => {
    expect((await square({ look: pictures.drawn }))!.drawn).toBe(true)
  })

  test('is put back into the whole photograph, which keeps every pixel beyond the face', async () => {
    const asked = { form: 'whole', format: 'png', settings: true, altered: true } as const
    const file = await exported({ project, order: order(), export: asked })
    expect(file).toMatchObject({ name: 'Two people - shut - whole.png', type: 'image/png' })
    const whole = await sharp(file.bytes).raw().toBuffer({ resolveWithObject: true })
    const before = await sharp(readFileSync(photographs[1]!)).raw().toBuffer({ resolveWithObject: true })
    expect([whole.info.width, whole.info.height]).toEqual([before.info.width, before.info.height])
    let [first, last] = [whole.info.height, 0]
    for (let row = 0; row < whole.info.height; row++) {
      const at = row * whole.info.width * 3
      const end = at + whole.info.width * 3
      if (whole.data.subarray(at, end).equals(before.data.subarray(at, end))) continue
      first = Math.min(first, row)
      last = row
    }
    // The largest face of the photograph, and not the photograph.
    expect(last - first).toBeGreaterThan(150)
    expect(last - first).toBeLessThan(450)
    const { xmp } = await sharp(file.bytes).metadata()
    expect(String(xmp)).toContain('compositeWithTrainedAlgorithmicMedia')
    expect(String(xmp)).toContain('"eyes":"look"')
  })

  test('keeps its settings and the word that it is altered to itself where that is asked for', async () => {
    const asked = { form: 'square', format: 'jpeg', settings: false, altered: false } as const
    const file = await exported({ project, order: order(), export: asked })
    expect((await sharp(file.bytes).metadata()).xmp).toBeUndefined()
  })

  test('needs a search where the landmarks are of a picture without a face', async () => {
    await align({ project, picture: pictures.drawn, alignment: { by: 'centre' } })
    expect(await square({ landmarks: pictures.drawn })).toBeNull()
    const open = (await square())!
    result = { run: 'a', step: 40, image: open.image, points: open.points }
    const made = await square({ landmarks: pictures.drawn, run: 'a' })
    // The mouth comes from what the search drew.
    expect(made!.parts).toEqual(['mouth'])
    expect(made!.points[2 * 66 + 1]).toBeCloseTo(open.points[2 * 66 + 1]!, 2)
  })

  test('goes where a search has brought the landmarks, if that is asked for', async () => {
    expect(await square({ aim: 'result' })).toBeNull()
    const own = (await square({ shares: Array(9).fill(0) }))!
    result = { run: 'a', step: 40, image: own.image, points: own.points }
    const made = await square({ aim: 'result', run: 'a' })
    expect(made!.identity).toBeLessThan(0.2)
    expect(made!.points[2 * 66 + 1]).toBeCloseTo(own.points[2 * 66 + 1]!, 2)
  })

  test('cannot be made of a look without a face', async () => {
    const order_ = order({ look: pictures.drawn })
    expect(await show({ project, order: order_, form: 'square', size: 256, judge: false })).toBeNull()
    const asked = { form: 'square', format: 'png', settings: true, altered: true } as const
    await expect(exported({ project, order: order_, export: asked })).rejects.toThrow(/no photograph/)
  })
})
