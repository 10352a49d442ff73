import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const path = join(import.meta.dirname, '..', '..', 'build', 'install-cuda.mjs')
const { reasonAgainst, installScript } = await import(/* @vite-ignore */ path)

test.each([
  ['linux', 'x64', undefined],
  ['linux', 'arm64', /Linux on x64 alone/],
  ['win32', 'x64', /DirectML/],
  ['win32', 'arm64', /DirectML/],
  ['darwin', 'arm64', /CoreML/],
])('CUDA files are for Linux on x64: %s on %s', (platform, arch, reason) => {
  if (reason === undefined) expect(reasonAgainst(platform, arch)).toBeUndefined()
  else expect(reasonAgainst(platform, arch)).toMatch(reason)
})

test('the script that it runs is that of the installed package, and knows the flag', () => {
  expect(readFileSync(installScript, 'utf8')).toContain('--onnxruntime-node-install ')
})

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'without a network it says what it needs, and fails',
  () => {
    const nowhere = { GLOBAL_AGENT_HTTPS_PROXY: 'http://127.0.0.1:9' }
    const { status, stderr } = spawnSync(process.execPath, [path], {
      env: { ...process.env, ...nowhere },
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/not installed\. Error: .+\n.*api\.nuget\.org/)
  },
)
