import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validateConfiguration } from 'app-builder-lib/out/util/config/config.js'
import { DebugLogger } from 'builder-util'
import { type Configuration, Packager } from 'electron-builder'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AsarFile, extractAsar, readAsar } from './asar.ts'

const root = join(import.meta.dirname, '..', '..')
const { default: config }: { default: Configuration } = await import(
  /* @vite-ignore */ join(root, 'build', 'electron-builder.mjs')
)

describe('the configuration of the packages', () => {
  test("is as electron-builder's schema has it", async () => {
    await expect(validateConfiguration(config, new DebugLogger(false))).resolves.toBeUndefined()
    const wrong = { ...config, mac: { ...config.mac, hardenedRuntim: true } } as Configuration
    await expect(validateConfiguration(wrong, new DebugLogger(false))).rejects.toThrow(/configuration\.mac /)
  })

  test('turns off the fuses that give the app powers that it has no use for, and on those that guard it', () => {
    expect(config.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  test('has what each system wants: installers, a hardened runtime, the file type', () => {
    const targets = (of: unknown) =>
      (of as { target: string; arch: string[] }[]).map(({ target, arch }) => [target, arch])
    expect(targets(config.win!.target)).toEqual([
      ['nsis', ['x64']],
      ['portable', ['x64']],
    ])
    expect(targets(config.mac!.target)).toEqual([['dmg', ['arm64']]])
    expect(targets(config.linux!.target)).toEqual([
      ['AppImage', ['x64']],
      ['deb', ['x64']],
    ])
    expect(config.mac!.hardenedRuntime).toBe(true)
    const main = readFileSync(join(root, 'src/main/app.ts'), 'utf8')
    expect(main).toContain(`setAppUserModelId('${config.appId}')`)
    expect(config.fileAssociations).toMatchObject([{ ext: 'mienz' }])
    expect(config.mac!.extendInfo).toHaveProperty('NSCameraUsageDescription')
    const rights = readFileSync(join(root, config.mac!.entitlements as string), 'utf8')
    expect([...rights.matchAll(/<key>(.*)<\/key>/g)].map(([, key]) => key)).toEqual([
      'com.apple.security.cs.allow-jit',
      'com.apple.security.device.camera',
      'com.apple.security.files.user-selected.read-write',
    ])
  })

  test('names icons of all sizes', () => {
    const ico = readFileSync(join(root, config.win!.icon as string))
    const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, i) => ico[6 + 16 * i]! || 256)
    expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256])
    for (let i = 0; i < sizes.length; i++) {
      const at = ico.readUInt32LE(6 + 16 * i + 12)
      expect(ico.subarray(at + 1, at + 4).toString()).toBe('PNG')
      expect(ico.readUInt32BE(at + 16)).toBe(sizes[i])
    }
    const icns = readFileSync(join(root, config.mac!.icon as string))
    expect(icns.subarray(0, 4).toString()).toBe('icns')
    expect(icns.readUInt32BE(4)).toBe(icns.length)
    const widths: number[] = []
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4))
      widths.push(icns.readUInt32BE(at + 8 + 16))
    expect(widths.toSorted((a, b) => a - b)).toEqual([32, 64, 128, 256, 256, 512, 512, 1024])
    expect(readFileSync(join(root, config.linux!.icon as string)).readUInt32BE(16)).toBe(1024)
  })
})

/** Everything but Electron itself, for which a folder with an empty program stands. */
describe.runIf(process.platform === 'linux')('the package for Linux', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-package-'))
  const archive = join(folder, 'out', 'linux-unpacked', 'resources', 'app.asar')
  let files: readonly AsarFile[]

  beforeAll(async () => {
    const electronDist = join(folder, 'electron')
    for (const name of ['resources', 'locales']) mkdirSync(join(electronDist, name), { recursive: true })
    writeFileSync(join(electronDist, 'locales', 'de.pak'), '')
    writeFileSync(join(electronDist, 'electron'), '#!/bin/sh\n')
    chmodSync(join(electronDist, 'electron'), 0o755)
    const packager = new Packager({
      projectDir: root,
      linux: ['dir'],
      // Fuses are bytes of Electron's program.
      config: { ...config, electronDist, electronFuses: null, directories: { output: join(folder, 'out') } },
    })
    await packager.build()
    files = readAsar(archive).files
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('holds the program, the pack and the packages that run, and nothing else', () => {
    const kinds =
      /^(package\.json|dist\/(engine|shared|node|main|preload|renderer|codec-page)\/|models\/(catalogue\.json|pack\/|examples\/)|node_modules\/)/
    expect(files.map(({ path }) => path).filter((path) => !kinds.test(path))).toEqual([])
    const unwanted = /\.(map|ts|vue|test\.js)$|\/(electron|vue|vite|typescript|playwright-core|@biomejs)\//
    expect(files.map(({ path }) => path).filter((path) => unwanted.test(path))).toEqual([])
    const needed = [
      'dist/main/index.js',
      'dist/preload/index.cjs',
      'dist/renderer/index.html',
      'dist/node/worker/entry.js',
      'models/catalogue.json',
      'models/pack/generator.safetensors',
      'node_modules/@vladmandic/face-api/model/ssd_mobilenetv1_model.bin',
    ]
    const paths = new Set(files.map(({ path }) => path))
    expect(needed.filter((path) => !paths.has(path))).toEqual([])
  })

  test('has all native code unpacked, of this system alone', () => {
    const native = files.filter(({ path }) => /\.(node|dll|dylib)$|\.so(\.|$)/.test(path))
    expect(native.filter(({ unpacked }) => !unpacked)).toEqual([])
    expect(native.map(({ path }) => path.split('/').at(-1)).toSorted()).toEqual([
      expect.stringMatching(/^libonnxruntime\.so/),
      expect.stringMatching(/^libvips-cpp\.so/),
      'onnxruntime_binding.node',
      expect.stringMatching(/^sharp-linux-.*\.node$/),
    ])
    expect(files.filter(({ path, unpacked }) => path.startsWith('models/pack/') && !unpacked)).toEqual([])
  })

  test('is no larger than what it holds explains', () => {
    const total = files.reduce((sum, { size }) => sum + size, 0)
    expect(total / 2 ** 20).toBeLessThan(110)
    expect(existsSync(archive) && statSync(archive).size / 2 ** 20).toBeLessThan(31)
  })

  test('runs by what it holds: pictures, faces and models are read from it', () => {
    const program = join(folder, 'program')
    extractAsar(archive, program)
    const mien = (...argv: string[]) =>
      JSON.parse(
        execFileSync(process.execPath, [join(program, 'dist/node/cli/main.js'), ...argv, '--json'], {
          env: { PATH: process.env.PATH, MIEN_HOME: join(folder, 'home') },
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        }),
      )
    expect(mien('models').models).toHaveLength(1)
    expect(mien('detect', join(program, 'models/examples/look.png'))).toMatchObject({ width: 256 })
    // What a queue takes is there, too.
    expect(() => mien('queue', '--queue', 'http://127.0.0.1')).toThrow(
      expect.objectContaining({ stdout: expect.stringContaining('That is no address of a queue.') }),
    )
  })
})
