import { expect, test } from 'vitest'
import { tellFilm } from '../../src/node/cli/run-reports.ts'
import type { FilmRun } from '../../src/node/runs/kinds/film/film.ts'

function told(warnings: FilmRun['warnings']): readonly string[] {
  const lines: string[] = []
  const terminal = {
    print: () => undefined,
    tell: (line: string) => void lines.push(line),
    status: () => undefined,
    interactive: false,
  }
  const report = { mien: '1', frames: 2, seconds: 1, lost: [], error: 0, jitter: 0, identity: 0.3, warnings }
  const run: Pick<FilmRun, 'files' | 'report' | 'warnings'> & { outcome: { stopped: boolean } } = {
    files: { film: 'film.mp4' },
    report,
    warnings,
    outcome: { stopped: false },
  }
  tellFilm(terminal, 'out', false, run as FilmRun)
  return lines
}

test('a film says what shows in its frames and what helps, not what helps a still', () => {
  expect(told([])).toEqual([])
  const [turned, stretched, mouth] = told(['turned', 'stretched', 'no-mouth'])
  expect(turned).toMatch(/^In some frames the head turns.*--pose/)
  expect(stretched).toMatch(/^In some frames parts of the face.*--expression/)
  expect(mouth).toMatch(/^In some frames a mouth is open.*clip/)
})
