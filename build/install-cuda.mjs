// npm run install-cuda: runs the install script of onnxruntime-node, which npm leaves out (.npmrc), for the files that
// computing on NVIDIA graphics cards needs. They are too large for the npm registry and come from nuget.org.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Why there is nothing to install on such a machine; undefined where there is. */
export function reasonAgainst(platform, arch) {
  if (platform === 'linux' && arch === 'x64') return undefined
  if (platform === 'win32') return 'On Windows Mien computes with DirectML, which is installed already.'
  if (platform === 'darwin') return 'There is no CUDA on macOS; Mien computes with CoreML or WebGPU there.'
  return `onnxruntime has CUDA files for Linux on x64 alone, not for ${platform} on ${arch}.`
}

const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'))
/** The script, and the library that it fetches with two others. */
export const installScript = join(runtime, 'script', 'install.js')
export const cudaLibrary = join(runtime, 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so')

function main() {
  const reason = reasonAgainst(process.platform, process.arch)
  if (reason !== undefined) {
    console.error(reason)
    return 2
  }
  console.log("Fetching onnxruntime's files for CUDA 12 from nuget.org, several hundred megabytes …")
  // By name ('=cuda12') the script of 1.30 takes nothing and ends well; by the bare flag it takes what the machine needs.
  const { status, stderr } = spawnSync(process.execPath, [installScript, '--onnxruntime-node-install'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0 || !existsSync(cudaLibrary)) {
    console.error('The files were not installed.', /^\w*Error: .*/m.exec(stderr)?.[0] ?? stderr.trim())
    console.error('Fetching them needs api.nuget.org; behind a proxy, set GLOBAL_AGENT_HTTPS_PROXY.')
    return 1
  }
  console.log("Installed. NVIDIA's driver, CUDA 12 and cuDNN 9 must be there too; then see `mien devices`.")
  return 0
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main()
