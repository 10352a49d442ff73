import { Command } from 'commander'
import { type Provider, providers } from '../../../engine/runtime.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'

interface Options {
  readonly json?: boolean
}

interface Device {
  readonly provider: Provider
  readonly works: boolean
  /** Why it does not work. */
  readonly reason?: string
}

const descriptions: Readonly<Record<Provider, string>> = {
  cuda: 'NVIDIA graphics cards',
  dml: 'DirectML: graphics cards on Windows',
  coreml: "Apple's CoreML",
  webgpu: 'WebGPU: graphics cards of all makers',
  cpu: 'the processor',
}

/** `mien devices`: which providers work here. */
export function devicesCommand(context: CommandContext): Command {
  return new Command('devices')
    .summary('list what can compute on this machine')
    .description(
      'Tries every provider on a small graph, each in a process of its own, and says why one does not work. ' +
        'The first that works is what --provider auto takes.',
    )
    .option('--json', 'print the list as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  mien devices`,
    )
    .action((options: Options) => devices(options, context))
}

async function devices(options: Options, { terminal }: CommandContext): Promise<void> {
  const found: Device[] = []
  for (const provider of providers) {
    terminal.status(`Trying ${provider} …`)
    found.push(await tryDevice(provider))
  }
  terminal.status(undefined)
  const auto = found.find(({ works }) => works)?.provider ?? null
  if (options.json) return terminal.print(JSON.stringify({ auto, devices: found }))
  for (const { provider, works, reason } of found) {
    const state = works ? (provider === auto ? 'works, chosen by auto' : 'works') : `no: ${reason}`
    terminal.print(`${provider.padEnd(7)} ${descriptions[provider].padEnd(38)} ${state}`)
  }
}

/** A provider that brings its process down must not take the others along. */
async function tryDevice(provider: Provider): Promise<Device> {
  return withStoppableEngine((engine) => engine.start('probe', { provider }).outcome).then(
    () => ({ provider, works: true }),
    (error: Error) => {
      if ('code' in error && error.code === 'stopped') throw error
      return { provider, works: false, reason: error.message.replace(/\.$/, '') }
    },
  )
}
