import { existsSync, readFileSync } from 'node:fs'
import { MienError } from '../../src/engine/errors.ts'
import { searchSide } from '../../src/engine/face/face-finder.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'

/**
 * Runs in a process of its own, bundled by child-process.ts: decodes a picture whole (`whole FILE`) or as it is
 * searched for faces (`search FILE`) and prints one JSON object.
 */
const [task, path] = process.argv.slice(2)
const bytes = readFileSync(path!)
const begin = performance.now()
const before = process.cpuUsage()
const outcome = await sharpCodec.decode(bytes, 'bomb', task === 'search' ? searchSide : undefined).then(
  ({ width, height }) => ({ code: 'decoded', message: `${width} x ${height}` }),
  (error: unknown) => ({
    code: error instanceof MienError ? error.code : 'untyped',
    message: error instanceof Error ? error.message : String(error),
  }),
)
const { user, system } = process.cpuUsage(before)
// Of time on the clock and time on the processor the smaller: other work on the machine must not count.
const milliseconds = Math.min(performance.now() - begin, (user + system) / 1000)
const status = '/proc/self/status'
const peak = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] : undefined
const mebibytes = Number(peak ?? process.resourceUsage().maxRSS) / 1024
console.log(JSON.stringify({ ...outcome, milliseconds, mebibytes }))
