// Makes example.mienz, the finished project that a new library begins with: the photographs beside this script (parts of
// two that come with @vladmandic/face-api, MIT), searched with the embedded pack. `npm run example` builds Mien first.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { forkWorker } from '../../dist/node/engine/fork.js'
import { createProjectStore } from '../../dist/node/projects/library.js'
import { openStudio } from '../../dist/node/studio/studio.js'

const steps = 100
/** Of the way of the search; the pack of a whole history would be three times as large. */
const keptMoments = 24
const largestPack = 2 * 2 ** 20

const here = dirname(fileURLToPath(import.meta.url))
const home = await mkdtemp(join(tmpdir(), 'mien-example-'))
try {
  const { project, run } = await search()
  const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  await lighten(await store.runFolder(project, run))
  const bytes = await store.pack(project)
  if (bytes.length > largestPack) throw new Error(`the example has ${bytes.length} bytes`)
  await writeFile(join(here, 'example.mienz'), bytes)
  console.log(`models/examples/example.mienz: ${bytes.length} bytes`)
} finally {
  await rm(home, { recursive: true, force: true })
}

/** Makes the project as the window would, and waits for its run. */
async function search() {
  let onRun = () => undefined
  const emit = (name, data) => name === 'run' && onRun(data)
  const { service, close } = await openStudio({
    ...{ home, emit, spawn: forkWorker, host: 'app' },
    uploads: { path: () => undefined, release: async () => undefined },
  })
  try {
    for (const { id } of await service['projects.list']({})) {
      await service['projects.remove']({ projects: [id] })
    }
    const { id: project, setup } = await service['projects.create']({ name: 'Example' })
    const [look, landmarks] = [await add('look.jpg'), await add('expression.jpg')]
    const settings = { ...setup.settings, steps, live: false }
    const asked = { ...setup, look, landmarks, settings }
    await service['projects.set-up']({ project, setup: { ...asked, settings: setup.settings } })
    const over = new Promise((resolve, reject) => {
      onRun = ({ state, step, failure }) => {
        if (state === 'failed') reject(new Error(failure?.message))
        if (state === 'done') resolve(undefined)
        process.stderr.write(`\rstep ${step} of ${steps} `)
      }
    })
    const [run] = await service['runs.start']({
      project,
      runs: [{ name: 'Run 1', naming: { kind: 'run', number: 1 }, setup: asked }],
    })
    await over
    return { project, run: run.id }

    async function add(name) {
      const bytes = new Uint8Array(await readFile(join(here, name)))
      const { id } = await service['pictures.add']({ project, name, bytes })
      return id
    }
  } finally {
    await close()
  }
}

/** What it takes to go on with the run is bound to this machine; of the way a part tells enough. */
async function lighten(folder) {
  await rm(join(folder, 'recovery'), { recursive: true, force: true })
  const history = join(folder, 'history')
  const moments = (await readdir(history)).flatMap((name) =>
    name.endsWith('.jpg') ? [Number.parseInt(name, 10)] : [],
  )
  moments.sort((a, b) => a - b)
  const kept = new Set(
    Array.from(
      { length: keptMoments },
      (_, i) => moments[Math.round((i * (moments.length - 1)) / (keptMoments - 1))],
    ),
  )
  for (const step of moments) {
    if (kept.has(step)) continue
    for (const extension of ['jpg', 'json']) await rm(join(history, `${step}.${extension}`), { force: true })
  }
}
