import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly string[]
  /** Those that are still there when the types are erased. */
  readonly runtimeImports: readonly string[]
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s(type\s)?(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g

function sourceFiles(): readonly SourceFile[] {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.(ts|vue)$/.test(name))
    .map((name) => {
      const text = readFileSync(join(root, 'src', name), 'utf8')
      const found = [...text.matchAll(importPattern)].map(([, type, from, dynamic]) => ({
        specifier: from ?? dynamic!,
        erased: type !== undefined,
      }))
      const imports = found.map(({ specifier }) => specifier)
      const runtimeImports = found.filter(({ erased }) => !erased).map(({ specifier }) => specifier)
      return {
        path: `src/${name.split(sep).join('/')}`,
        lines: text.split('\n').length,
        imports,
        runtimeImports,
      }
    })
}

const files = sourceFiles()

/** A relative import as a path from the root. */
function target(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier))
}

function offenders(judge: (file: SourceFile, specifier: string) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((specifier) => judge(file, specifier))
      .map((specifier) => `${file.path} imports ${specifier}`),
  )
}

const isRelative = (specifier: string) => specifier.startsWith('.')

/** Which folders a folder's files may import from, the longest match first. */
const mayImport: readonly (readonly [folder: string, allowed: readonly string[]])[] = [
  ['src/engine/', ['src/engine/']],
  ['src/shared/', ['src/shared/', 'src/engine/']],
  ['src/node/', ['src/node/', 'src/shared/', 'src/engine/']],
  ['src/main/', ['src/main/', 'src/node/', 'src/shared/', 'src/engine/']],
  ['src/preload/', ['src/preload/', 'src/shared/']],
  ['src/renderer/', ['src/renderer/', 'src/shared/', 'src/engine/']],
]

/** The rooms of src/node, each with those below it that it may import from, besides itself. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  host: [],
  runtime: ['host'],
  chromium: ['host'],
  video: ['host', 'runtime', 'chromium'],
  clips: ['host', 'runtime', 'chromium'],
  models: ['host', 'runtime'],
  engine: ['host', 'runtime', 'models'],
  worker: ['host', 'runtime', 'video', 'clips', 'models', 'engine'],
  drivers: ['host', 'runtime', 'clips', 'models', 'engine'],
  projects: ['host', 'runtime', 'engine', 'drivers'],
  runs: ['host', 'runtime', 'video', 'clips', 'models', 'engine', 'drivers', 'projects'],
  downloads: ['host', 'models', 'engine'],
  studio: [
    'host',
    'runtime',
    'video',
    'clips',
    'models',
    'engine',
    'drivers',
    'downloads',
    'projects',
    'runs',
  ],
  batch: ['host', 'runtime', 'models', 'engine', 'projects', 'runs'],
  store: ['host'],
  cluster: ['host', 'models', 'engine', 'projects', 'runs', 'batch', 'store'],
  hosts: ['host', 'engine', 'projects', 'runs', 'studio'],
  web: ['host', 'studio', 'hosts'],
  cli: [
    ...['host', 'runtime', 'video', 'models', 'engine', 'drivers', 'downloads', 'projects', 'runs', 'batch'],
    ...['store', 'cluster', 'studio', 'hosts', 'web'],
  ],
}

/** Packages, and built-in modules with power, by the only files that may import them. */
const importers: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['src/node/runtime/onnx-runtime.ts'],
  sharp: ['libvips', 'sharp-codec'].map((name) => `src/node/runtime/${name}.ts`),
  mediabunny: [
    'src/shared/video.ts',
    'src/node/clips/video-clip.ts',
    ...['film-output', 'film-sound', 'mp4-film', 'webm-film'].map((name) => `src/node/video/${name}.ts`),
    ...['clip-sound', 'codec-page', 'decoded-frames', 'opened-video'].map(
      (name) => `src/renderer/clips/${name}.ts`,
    ),
  ],
  bullmq: ['follow', 'job-queue', 'job-worker', 'overview'].map((name) => `src/node/cluster/${name}.ts`),
  ioredis: ['src/node/cluster/connection.ts'],
  'h264-mp4-encoder': ['src/node/video/mp4.ts'],
  'node:fs': ['src/node/host/file-source.ts'],
  'node:fs/promises': [
    'claimed-folder',
    'files',
    'growing-file',
    'partial-file',
    'received-file',
    'temporary-folder',
  ].map((name) => `src/node/host/${name}.ts`),
  // What reaches into the net; node:http also serves the window.
  'node:https': ['src/node/downloads/request.ts', 'src/node/downloads/tunnel.ts'],
  'node:child_process': [
    'engine/fork',
    'cli/browser',
    'chromium/chromium',
    'clips/ffmpeg-frames',
    'video/ffmpeg-packets',
  ].map((name) => `src/node/${name}.ts`),
  electron: [
    ...['app', 'dialogs', 'index', 'ipc', 'menu', 'opened-files', 'protocol', 'run-signals', 'security'],
    ...['spawn-engine', 'system-proxy', 'window', 'window-state'],
  ]
    .map((name) => `src/main/${name}.ts`)
    .concat('src/preload/index.ts'),
}

/** Small pure packages that the engine may use. */
const enginePackages = ['fflate', 'protobufjs/light.js', 'valibot', 'ml-matrix']

/** Packages that what is shared may use; they run wherever JavaScript does. */
const sharedPackages = ['valibot', 'mediabunny']

/** Folders whose children must not know each other. */
const siblings = ['src/engine/network/', 'src/node/cli/commands/', 'src/node/worker/jobs/']

describe('imports follow the layout', () => {
  test('there is something to look at', () => {
    expect(files.length).toBeGreaterThan(30)
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(files.length)
  })

  test('they point one way: engine <- shared <- node <- main; shared <- preload, renderer', () => {
    const bad = offenders((file, specifier) => {
      if (!isRelative(specifier)) return false
      const allowed = mayImport.find(([folder]) => file.path.startsWith(folder))?.[1]
      return (
        allowed === undefined || !allowed.some((folder) => target(file.path, specifier).startsWith(folder))
      )
    })
    expect(bad).toEqual([])
  })

  test('within src/node they point down: host <- runtime <- models <- engine <- drivers <- projects <- runs <- studio <- hosts', () => {
    const roomOf = (path: string) => /^src\/node\/([^/]+)\//.exec(path)?.[1]
    const bad = offenders((file, specifier) => {
      const [from, to] = [
        roomOf(file.path),
        isRelative(specifier) ? roomOf(target(file.path, specifier)) : undefined,
      ]
      return from !== undefined && to !== undefined && from !== to && !rooms[from]?.includes(to)
    })
    expect(bad).toEqual([])
    expect(new Set(files.map(({ path }) => roomOf(path)).filter((room) => room !== undefined))).toEqual(
      new Set(Object.keys(rooms)),
    )
  })

  test('the engine uses small pure packages only, shared schemas and the containers of videos', () => {
    const bad = offenders((file, specifier) => {
      if (isRelative(specifier)) return false
      if (file.path.startsWith('src/shared/')) return !sharedPackages.includes(specifier)
      return file.path.startsWith('src/engine/') && !enginePackages.includes(specifier)
    })
    expect(bad).toEqual([])
  })

  test.each(Object.entries(importers))('%s is imported by its named files only', (name, allowed) => {
    expect(offenders((file, specifier) => specifier === name && !allowed.includes(file.path))).toEqual([])
  })

  test('relative imports carry the extension of the file that is there', () => {
    const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    // Styles and texts are imported as well.
    const known = new Set(names.map((name) => `src/${name.split(sep).join('/')}`))
    expect(
      offenders((file, specifier) => isRelative(specifier) && !known.has(target(file.path, specifier))),
    ).toEqual([])
  })

  test.each(siblings)('no sideways imports within %s', (folder) => {
    const child = (path: string) => path.slice(folder.length).split('/')[0]
    const bad = offenders((file, specifier) => {
      if (!isRelative(specifier) || !file.path.startsWith(folder)) return false
      const to = target(file.path, specifier)
      return to.startsWith(folder) && child(to) !== child(file.path)
    })
    expect(bad).toEqual([])
  })

  test('there is no cycle once the types are erased', () => {
    expect(cycles()).toEqual([])
  })
})

describe('files', () => {
  test('are named by kebab-case nouns', () => {
    const bad = files
      .map((file) => file.path)
      .filter((path) => {
        const name = posix.basename(path).replace(/(\.d)?\.(ts|vue)$/, '')
        const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || path.endsWith('.vue')
        return !kebab || /^(utils?|helpers?|misc|common|.*manager)$/.test(name)
      })
    expect(bad).toEqual([])
  })

  test('have at most 400 lines', () => {
    expect(files.filter((file) => file.lines > 400).map((file) => `${file.path}: ${file.lines}`)).toEqual([])
  })
})

/** Every cycle of imports, as the path that closes it. */
function cycles(): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      file.runtimeImports.filter(isRelative).map((specifier) => target(file.path, specifier)),
    ]),
  )
  const state = new Map<string, 'open' | 'done'>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') {
      found.push(
        [...trail.slice(trail.indexOf(path)), path].map((step) => relative('src', step)).join(' -> '),
      )
      return
    }
    state.set(path, 'open')
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, 'done')
  }
  for (const { path } of files) visit(path, [])
  return found
}
