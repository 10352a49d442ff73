import { main as drawnFilms } from './evaluate-films.ts'
import { main as peopleFilms } from './evaluate-people-films.ts'
import { main as photographFilms } from './evaluate-photograph-films.ts'

const usage = `npm run eval:films -- [--drawn | --photographs | --people] [flags of drawn films]

Evaluates films that are drawn, then films of photographs; or one of the two alone. With --people films of those who were photographed
more than once, from archives of the package registries. Of drawn films:
`

/** The evaluations of films. */
export async function main(args: readonly string[]): Promise<number> {
  const others = args.filter((arg) => arg !== '--drawn' && arg !== '--photographs')
  if (args.includes('--help')) {
    console.log(usage)
    return drawnFilms(['--help'])
  }
  if (args.includes('--people')) return peopleFilms()
  if (!args.includes('--photographs')) {
    console.log('Films that are drawn\n')
    const code = await drawnFilms(others)
    if (code !== 0) return code
  }
  if (args.includes('--drawn')) return 0
  console.log('\nFilms of photographs\n')
  return photographFilms([])
}
