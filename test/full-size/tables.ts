import type { Row } from './full-size.ts'
import type { Ended } from './program.ts'
import type { Part, WindowFigures } from './window.ts'

const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`
const memory = (bytes: number) => (bytes === 0 ? '-' : `${(bytes / 2 ** 30).toFixed(2)} GiB`)
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Mien on the command line beside PyTorch on the same files, a column each for a size. */
export function commandLineTable(rows: ReadonlyMap<number, Row>): string {
  const columns = [...rows.values()]
  const head = [...rows.keys()].flatMap((size) => [`Mien, ${size}`, `PyTorch, ${size}`])
  const line = (name: string, mien: (row: Row) => string, pytorch: (row: Row) => string = () => '') => [
    name,
    ...columns.flatMap((row) => [mien(row), pytorch(row)]),
  ]
  const peak = ({ memory: { largest } }: Ended) => memory(largest)
  return table(
    ['command line', ...head],
    [
      line('download, verification, import of the set', ({ mien }) => seconds(mien.download.seconds)),
      line('- memory', ({ mien }) => peak(mien.download)),
      line(
        'first picture: of a latent',
        ({ mien }) => seconds(mien.render.seconds),
        ({ pytorch }) => seconds(pytorch.picture.seconds),
      ),
      line(
        '- memory',
        ({ mien }) => peak(mien.render),
        ({ pytorch }) => peak(pytorch.picture),
      ),
      line('photographs: start to first step', ({ mien }) => seconds(mien.photographs.reached!)),
      line('- the first step after it', ({ mien }) => seconds(mien.photographs.steps[0]!)),
      line('- three steps to the results', ({ mien }) => seconds(mien.photographs.seconds)),
      line('- memory', ({ mien }) => peak(mien.photographs)),
      line(
        'as the reference: start to first step',
        ({ mien }) => seconds(mien.reference.reached!),
        ({ pytorch }) => seconds(pytorch.search.reached!),
      ),
      line(
        '- a step',
        ({ mien }) => seconds(median(mien.reference.steps)),
        ({ pytorch }) => seconds(median(pytorch.search.steps)),
      ),
      line(
        '- memory',
        ({ mien }) => peak(mien.reference),
        ({ pytorch }) => peak(pytorch.search),
      ),
      line('resumed after a stop, to its results', ({ mien }) => seconds(mien.resumed.seconds)),
      line('export of the generator', ({ mien }) => seconds(mien.exported.seconds)),
      line('terms of the same latent, apart', ({ pytorch }) => pytorch.termError.toExponential(0)),
      line('levels of its picture, apart', ({ pytorch }) => `${pytorch.pictureError} of 255`),
    ],
  )
}

/** The newcomer's walk. */
export function windowTable({ download, faces, search, firstStep, exports }: WindowFigures): string {
  const line = (name: string, part: Part, time = part.seconds) => [
    name,
    seconds(time),
    memory(part.memory.largest),
    memory(part.memory.together),
  ]
  return table(
    ['in the window', 'time', 'memory of the engine', 'of all processes of Mien'],
    [
      line('download, verification, import of the set', download),
      line('two photographs to their faces', faces),
      ['start to first step', seconds(firstStep), '', ''],
      line('three steps to the result', search),
      line('seven exports', exports),
    ],
  )
}
