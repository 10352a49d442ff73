// Makes the golden project of the version that Mien writes now, and one as a much newer Mien might leave it, after
// `npm run build`. A golden project that is there is never made again: it must open for ever.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importMotion } from '../../dist/node/drivers/driver.js'
import { createProjectStore } from '../../dist/node/projects/library.js'
import { manifestText } from '../../dist/node/projects/manifest.js'
import { emptySetup } from '../../dist/shared/default-setup.js'
import { projectVersion } from '../../dist/shared/project.js'

const root = join(import.meta.dirname, '..', '..')
const tiny64 = join(root, 'test', 'fixtures', 'tiny64')
const golden = (name) => join(import.meta.dirname, 'projects', name, 'Two faces.mien')
const home = mkdtempSync(join(tmpdir(), 'mien-golden-'))
const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })

const points = Array.from({ length: 136 }, (_, n) => 8 + (n % 48) + n / 256)

async function picture(project, id, alignment) {
  const bytes = readFileSync(join(tiny64, `${id}.png`))
  return {
    id,
    name: `${id}.png`,
    sha256: await store.addFile(project, bytes),
    bytes: bytes.length,
    width: 64,
    height: 64,
    faces: [{ box: { x: 4.5, y: 6, width: 50, height: 52.25 }, score: 0.75, points }],
    alignment,
  }
}

async function make() {
  const { id } = await store.create('Two faces', emptySetup())
  const pictures = [
    await picture(id, 'look', { by: 'face', face: 0 }),
    await picture(id, 'landmarks', { by: 'hand', quad: [0, 0, 0, 64, 64, 64, 64, 0], points }),
  ]
  const motion = join(root, 'models', 'pack', 'motions', 'smile.npz')
  const { facts } = await importMotion(motion, await store.driverFolder(id, 'smile'))
  const driver = { id: 'smile', name: 'Smile', frames: facts.frames, seconds: facts.end / facts.timescale }
  await store.setThumbnail(id, readFileSync(join(tiny64, 'look.png')))
  await store.change(id, (project) => ({
    ...project,
    pictures,
    drivers: [{ ...driver, clip: null, squares: false, template: 'smile' }],
    setup: {
      ...project.setup,
      look: 'look',
      landmarks: 'landmarks',
      sources: [null, 'look', 'look', null, null, null, null, null, null],
      points: [{ index: 48, x: 0.25, y: 0.75 }],
      settings: {
        ...project.setup.settings,
        seed: 1234,
        steps: 500,
        groupWeights: [0, 1, 1, 0.1, 1, 2, 2, 5, 5],
      },
      models: { generator: 'mien-pack' },
      device: 'cpu',
      driver: 'smile',
      film: {
        ...{ mode: 'own', pose: 0.5, expression: 1.25, smoothing: 7 },
        follows: [true, true, true, true, true, false, true, true, true],
      },
    },
  }))
  // One that the window had made long ago.
  const earlier = '35dc8cd3-7a0d-4cc5-9468-caae8a04af3f'
  cpSync(join(golden('v1'), 'runs', earlier), await store.runFolder(id, earlier), { recursive: true })
  const run = await store.runFolder(id, 'first-run')
  const flags = [
    ['--look', 'look.png', '--landmarks', 'landmarks.png', '--no-align', '--steps', '5', '--provider', 'cpu'],
    ['--model', 'generator.pkl', '--landmark-model', 'fan.pth', '--perceptual-model', 'vgg16.pth,lpips.pth'],
  ]
  const command = [join(root, 'dist', 'node', 'cli', 'main.js'), 'project', ...flags.flat(), '--out', run]
  execFileSync(process.execPath, command, { cwd: tiny64 })
  // It names this machine.
  const record = join(run, 'run.json')
  writeFileSync(record, readFileSync(record, 'utf8').replaceAll(root, 'ROOT').replaceAll(home, 'HOME'))
  await store.dispose()
  return join(home, 'projects', 'Two faces.mien')
}

const made = await make()
rmSync(join(made, 'project.previous.json'))
const now = golden(`v${projectVersion}`)
if (existsSync(now)) console.log(`${now} is there and stays`)
else cpSync(made, now, { recursive: true })

const newer = golden('newer')
if (!existsSync(newer)) {
  cpSync(made, newer, { recursive: true })
  rmSync(join(newer, 'runs'), { recursive: true })
  const path = join(newer, 'project.json')
  const { checksum: _, ...fields } = JSON.parse(readFileSync(path, 'utf8'))
  const { settings } = fields.setup
  const later = {
    ...fields,
    version: 1000,
    mood: 'a field that this Mien does not know',
    pictures: [
      ...fields.pictures.map((one) => ({ ...one, depth: null })),
      { kind: 'a picture of another kind' },
    ],
    setup: { ...fields.setup, lighting: 0.5, settings: { ...settings, patience: 3 } },
  }
  writeFileSync(path, manifestText(later))
}
rmSync(home, { recursive: true })
