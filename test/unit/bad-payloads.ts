import type { CommandName } from '../../src/shared/contract.ts'
import { contract } from '../../src/shared/contract.ts'

class Disguise {
  readonly project = 'a'
}

/** What no command takes as its parameters. */
const foreign: readonly (readonly [name: string, payload: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['a number', 0],
  ['NaN', Number.NaN],
  ['a bigint', 10n],
  ['an empty string', ''],
  ['a string', 'project'],
  ['a symbol', Symbol('project')],
  ['a function', () => ({})],
  ['an empty array', []],
  ['an array of an object', [{}]],
  ['bytes', new Uint8Array(4)],
  ['a buffer', new ArrayBuffer(4)],
  ['a date', new Date(0)],
  ['a map', new Map([['project', 'a']])],
  ['a set', new Set(['project'])],
  ['a regular expression', /project/],
  ['a promise', Promise.resolve({})],
  ['an error', new Error('project')],
  ['an instance of a class', new Disguise()],
  ['an object that inherits', Object.create({ project: 'a' })],
  ['a name too many', { unknown: 1 }],
  ['a prototype as a name', JSON.parse('{"__proto__":{"project":"a"}}')],
  ['a constructor', { constructor: { prototype: {} } }],
]

/** What a command takes, each in turn of a wrong kind, and all that is missing. */
function wrongFields(name: CommandName): readonly (readonly [name: string, payload: unknown])[] {
  const { parameters } = contract[name]
  const fields = 'entries' in parameters ? Object.keys(parameters.entries) : []
  return fields.flatMap((field) =>
    [{ not: 'this' }, '../../etc/passwd\0', -1].map(
      (wrong) => [`${field} = ${JSON.stringify(wrong)}`, { [field]: wrong }] as const,
    ),
  )
}

/** At least 25 for every command. */
export function badPayloads(name: CommandName): readonly (readonly [name: string, payload: unknown])[] {
  return [...foreign, ...wrongFields(name)]
}
