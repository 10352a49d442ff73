import { MienError } from '../../engine/errors.ts'
import { landmarkCount } from '../../engine/face/landmark-groups.ts'
import { readWholeFile } from '../host/files.ts'

const mostBytes = 2 ** 20

/**
 * Landmarks given by hand: JSON of 68 [x, y], pixels of the upright picture in the order of iBUG 300-W; or an object
 * that has such a list as `points`, as `mien align --json` prints it. Gives 68 x (x, y). Throws MienError
 * 'unreadable-file' and 'bad-file'.
 */
export async function readPoints(path: string): Promise<readonly number[]> {
  return parsePoints(new TextDecoder().decode(await readWholeFile(path, mostBytes)), path)
}

/** As readPoints, from the text of the file. */
export function parsePoints(text: string, path: string): readonly number[] {
  const refuse = (what: string): never => {
    throw new MienError('bad-file', `${path} ${what}.`, {
      file: path,
      hint: `Give JSON of ${landmarkCount} [x, y]: pixels of the upright picture, in the order of iBUG 300-W.`,
    })
  }
  const value = parseJson(text) ?? refuse('is not JSON')
  const list = Array.isArray(value) ? value : (value as { points?: unknown }).points
  if (!Array.isArray(list)) return refuse('holds no list of landmarks')
  if (list.length !== landmarkCount) return refuse(`holds ${list.length} landmarks, not ${landmarkCount}`)
  return list.flatMap((point: unknown, i) => {
    const sound = Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)
    return sound ? (point as number[]) : refuse(`has no [x, y] as landmark ${i}`)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
