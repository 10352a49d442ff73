import { setImmediate as later } from 'node:timers'
import { setImmediate } from 'node:timers/promises'
import { MienError } from '../../src/engine/errors.ts'
import type { NamedTensors, Provider, Runtime, Session } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor, type Tensor } from '../../src/engine/tensor.ts'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import { type FromWorker, protocolVersion, type ToWorker } from '../../src/node/engine/protocol.ts'
import { partsOfKind } from '../../src/node/worker/held-parts.ts'
import { jobServer } from '../../src/node/worker/job-server.ts'
import { projectJob } from '../../src/node/worker/jobs/project.ts'
import { jobs } from '../../src/node/worker/jobs.ts'

/** What goes wrong in the n-th step of a fake device. */
export const deviceFaults = ['error', 'nan-term', 'nan-latent', 'nan-noise', 'hang', 'exit'] as const
export type DeviceFault = (typeof deviceFaults)[number]

/**
 * A runtime that multiplies instead of computing networks: fast, and with the same results for the same inputs. Its
 * steps count on in `device`, so that a retry meets the next one.
 */
function fakeRuntime(
  provider: Provider,
  device: { steps: number },
  fails: (step: number) => DeviceFault | undefined,
  exit: () => void,
  isOpen: () => boolean,
): Runtime {
  const never = new Promise<never>(() => undefined)
  async function step(inputs: NamedTensors, isStep: boolean): Promise<Record<string, Tensor>> {
    // As the real one it lets messages through between two steps.
    await setImmediate()
    // Nor does it go on when its process is gone.
    if (!isOpen()) return never
    // Drawn, no step.
    if (inputs.jitter === undefined) return { image: picture(0) }
    const fault = isStep ? fails(++device.steps) : undefined
    if (fault === 'error') throw new MienError('device', `The device ${provider} failed: out of memory.`)
    if (fault === 'hang') return never
    if (fault === 'exit') {
      exit()
      return never
    }
    const scaled = (name: string, factor: number, broken: boolean): FloatTensor => {
      const { shape, data } = inputs[name] as FloatTensor
      const next = data.map((value) => value * factor + 0.001)
      if (broken) next[next.length >> 1] = Number.NaN
      return floatTensor(shape, next)
    }
    const jitter = (inputs.jitter as FloatTensor).data[0]!
    const term = (value: number) => floatTensor([], [value + jitter])
    return {
      image: picture(jitter),
      heatMaps,
      perceptual: term(fault === 'nan-term' ? Number.NaN : 1),
      landmark: term(2),
      noiseReg: term(3),
      loss: term(6),
      'next.latent': scaled('latent', 0.9, fault === 'nan-latent'),
      'next.latent.first': scaled('latent.first', 0.5, false),
      'next.latent.second': scaled('latent.second', 0.5, false),
      'next.noise': scaled('noise', 0.8, fault === 'nan-noise'),
      'next.noise.first': scaled('noise.first', 0.5, false),
      'next.noise.second': scaled('noise.second', 0.5, false),
    }
  }
  const picture = (level: number) => floatTensor([1, 3, 64, 64], new Float32Array(3 * 64 * 64).fill(level))
  const one = floatTensor([1], [1])
  const heatMaps = floatTensor([1, 68, 64, 64], new Float32Array(68 * 64 * 64).fill(1))
  const session: Session = {
    inputNames: [],
    outputNames: [],
    async run(inputs, outputs) {
      if (inputs.z !== undefined) return { latents: inputs.z }
      if (inputs.picture === undefined) return step(inputs, outputs === undefined)
      return { ...Object.fromEntries((outputs ?? []).map((name) => [name, one])), heatMaps }
    },
    dispose: async () => undefined,
  }
  return { provider, load: async () => session }
}

/**
 * An engine in this process, on fake devices; it takes and gives messages as a process does, and none after its end.
 * `fails` says for each provider what goes wrong.
 */
export function fakeEngine(
  fails: (provider: Provider, step: number) => DeviceFault | undefined,
): SpawnWorker & { messagesAfterEnd: number } {
  const devices = new Map<Provider, { steps: number }>()
  const spawn = () => {
    let onMessage: (message: FromWorker) => void = () => undefined
    let onExit: (reason: string) => void = () => undefined
    let open = true
    const end = (reason: string) => {
      if (!open) return
      open = false
      // What a process holds ends with it; here all share what this module holds.
      void partsOfKind('of no process')
      later(() => onExit(reason))
    }
    const tell = (message: FromWorker) => {
      if (!open) {
        spawner.messagesAfterEnd++
        return
      }
      const copy = structuredClone(message)
      later(() => onMessage(copy))
    }
    const choose = async (choice: string): Promise<Runtime> => {
      const provider = (choice === 'auto' ? 'cuda' : choice) as Provider
      const device = devices.get(provider) ?? { steps: 0 }
      devices.set(provider, device)
      return fakeRuntime(
        provider,
        device,
        (step) => fails(provider, step),
        () => end('SIGABRT'),
        () => open,
      )
    }
    const hear = jobServer(
      { ...jobs, project: (parameters, events, control) => projectJob(parameters, events, control, choose) },
      tell,
    )
    tell({ kind: 'ready', version: protocolVersion })
    return {
      send(message: ToWorker) {
        const copy = structuredClone(message)
        later(() => {
          if (open) hear(copy)
        })
      },
      onMessage(listener: (message: FromWorker) => void) {
        onMessage = listener
      },
      onExit(listener: (reason: string) => void) {
        onExit = listener
      },
      kill: () => end('SIGKILL'),
    }
  }
  const spawner = Object.assign(spawn, { messagesAfterEnd: 0 })
  return spawner
}
