// Makes golden runs in the state that Mien writes now, after `npm run build`. One that is there is never made again: a run
// of every state there ever was must open, and go on to the same bits. The places of models are named from the root.
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forkWorker } from '../../dist/node/engine/fork.js'
import { createProjectStore } from '../../dist/node/projects/library.js'
import { openStudio } from '../../dist/node/studio/studio.js'
import { importModel } from '../../dist/node/worker/jobs/import.js'
import { emptySetup, referenceSearch } from '../../dist/shared/default-setup.js'

const [state] = process.argv.slice(2)
if (!/^v\d+$/.test(state ?? '')) throw new Error('name the state: node test/golden/make-runs.mjs v2')
const root = join(import.meta.dirname, '..', '..')
const tiny64 = join(root, 'test', 'fixtures', 'tiny64')
const golden = join(import.meta.dirname, 'runs', state)
if (existsSync(golden)) throw new Error(`${golden} is there and stays`)
const home = mkdtempSync(join(tmpdir(), 'mien-golden-'))

/** Steps of every run; the command's ends in ten seconds or so. */
const steps = 60

const files = { model: 'generator.pkl', landmark: 'fan.pth', perceptual: 'vgg16.pth,lpips.pth' }
/** The same, imported. */
const installed = { model: 'generator', landmark: 'fan', perceptual: 'vgg16' }

const command = ({ model, landmark, perceptual }) => [
  join(root, 'dist', 'node', 'cli', 'main.js'),
  'project',
  ...['--look', 'look.png', '--landmarks', 'landmarks.png', '--no-align', '--steps', `${steps}`],
  ...['--model', model, '--landmark-model', landmark, '--perceptual-model', perceptual],
  ...['--provider', 'cpu', '--threads', '1'],
]

/** One of the command line that gets a signal after so many steps. */
async function interrupted(name, signal, after, models = files) {
  const out = join(home, name)
  const env = { ...process.env, MIEN_HOME: home }
  const args = [...command(models), '--out', out]
  const child = spawn(process.execPath, args, { cwd: tiny64, stdio: 'ignore', env })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const metrics = join(out, 'metrics.ndjson')
  while (!existsSync(metrics) || readFileSync(metrics, 'utf8').split('\n').length <= after) await pause(20)
  child.kill(signal)
  await ended
  return out
}

function finished(name) {
  const out = join(home, name)
  execFileSync(process.execPath, [...command(files), '--out', out], { cwd: tiny64 })
  return out
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A project with one run that was stopped after a change, one that is done, and one that waits. */
async function project() {
  const library = join(home, 'models')
  mkdirSync(library)
  const events = new Proxy({}, { get: () => () => undefined })
  for (const files of [['generator.pkl'], ['fan.pth'], ['vgg16.pth', 'lpips.pth']]) {
    await importModel({ files: files.map((name) => join(tiny64, name)), library }, events)
  }
  const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  const { id } = await store.create('Tiny', emptySetup())
  const pictures = []
  for (const name of ['look', 'landmarks']) {
    const bytes = readFileSync(join(tiny64, `${name}.png`))
    const sha256 = await store.addFile(id, bytes)
    const size = { bytes: bytes.length, width: 64, height: 64 }
    pictures.push({ id: name, name: `${name}.png`, sha256, ...size, faces: [], alignment: { by: 'centre' } })
  }
  await store.change(id, (before) => ({ ...before, pictures }))
  await store.dispose()
  const setup = (live) => ({
    ...emptySetup({ ...referenceSearch, steps, live }),
    models: { generator: 'generator', landmarks: 'fan', perceptual: 'vgg16' },
    ...{ look: 'look', landmarks: 'landmarks', device: 'cpu' },
  })
  const told = new Map()
  const { service, close } = await openStudio({
    ...{ home, spawn: forkWorker, host: 'app' },
    uploads: { path: () => undefined, release: async () => undefined },
    emit: (name, data) => name === 'run' && told.set(data.id, data),
  })
  const start = async (name, live) =>
    (await service['runs.start']({ project: id, runs: [{ name, setup: setup(live) }] }))[0].id
  const until = async (run, isSo) => {
    while (!isSo(told.get(run))) await pause(10)
  }
  const done = await start('Done', false)
  await until(done, (run) => run.state === 'done')
  const stopped = await start('Stopped', true)
  await until(stopped, (run) => run.step > 10)
  const groupWeights = [0, 1, 1, 1, 1, 2, 2, 5, 5]
  const change = { kind: 'group-weights', groupWeights }
  await service['runs.steer']({ project: id, run: stopped, change })
  await until(stopped, (run) => run.step > 30)
  await service['runs.star']({ project: id, run: stopped, starred: true })
  const waiting = await start('Waiting', true)
  await service['runs.pause']({ project: id, run: waiting })
  await service['runs.stop']({ project: id, run: stopped })
  await until(stopped, (run) => run.state === 'stopped')
  await close()
  return join(home, 'projects', 'Tiny.mien')
}

/** What a test does not need: pictures of both states side by side, and all moments to go back to but one. */
function lighten(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (/contact-sheet|project\.(lock|previous)|keyframe-(?!25$)/.test(name)) rmSync(join(folder, name))
  }
}

/** The texts name this machine; a test puts its own root there. */
function withoutPlaces(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue
    const path = join(entry.parentPath, entry.name)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replaceAll(root, 'ROOT').replaceAll(home, 'HOME'))
  }
}

const made = {
  'Tiny.mien': await project(),
  done: finished('done'),
  stopped: await interrupted('stopped', 'SIGINT', 35),
  killed: await interrupted('killed', 'SIGKILL', 35),
  installed: await interrupted('installed', 'SIGINT', 35, installed),
}
for (const [name, folder] of Object.entries(made)) {
  lighten(folder)
  withoutPlaces(folder)
  cpSync(folder, join(golden, name), { recursive: true })
}
rmSync(home, { recursive: true })
