import { Command } from 'commander'
import type { Provider } from '../../../engine/runtime.ts'
import type { Device } from '../../../shared/models.ts'
import { findDevices } from '../../engine/device-search.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'

interface Options {
  readonly json?: boolean
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
        'The first that works and is faster than the processor is what --provider auto takes.',
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
  const found = await findDevices(
    (provider) => withStoppableEngine((engine) => engine.start('probe', { provider }).outcome),
    (provider) => terminal.status(`Trying ${provider} …`),
  )
  terminal.status(undefined)
  const auto = found.find(({ worthwhile }) => worthwhile)?.provider ?? null
  if (options.json) return terminal.print(JSON.stringify({ auto, devices: found.map(deviceJson) }))
  for (const device of found) {
    const { provider } = device
    terminal.print(`${provider.padEnd(7)} ${descriptions[provider].padEnd(38)} ${stateOf(device, auto)}`)
  }
}

/** Says of a device that does not work only why. */
function deviceJson({ provider, works, worthwhile, reason }: Device): object {
  return works ? { provider, works, worthwhile } : { provider, works, reason }
}

function stateOf({ provider, works, worthwhile, reason }: Device, auto: Provider | null): string {
  if (!works) return `no: ${reason}`
  if (!worthwhile) return 'works, but slower than the processor'
  return provider === auto ? 'works, chosen by auto' : 'works'
}
