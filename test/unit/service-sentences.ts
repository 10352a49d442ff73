import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { serviceSources, sourceRoot } from './service-sources.ts'

/** Whose sentences are for a terminal, or about the insides of a file or a graph, which are told of in English. */
const others = [
  'engine/checkpoint/',
  'engine/graph/',
  'engine/network/',
  'engine/weights.ts',
  'node/batch/',
  ...['fetched-run', 'follow', 'job-worker', 'overview'].map((name) => `node/cluster/${name}.ts`),
  'node/store/',
  'node/hosts/window-files.ts',
  'node/models/store.ts',
  'node/web/web-host.ts',
  'shared/',
]
const ofTerminals = /(^|\s)--[a-z]|"mien /
const insides = "'bad-graph'"

/** Those that are whole only with words from elsewhere in the source. */
const completed: Readonly<Record<string, readonly string[]>> = {
  'x7 x7.': [
    'x7 does not exist.',
    'x7 is a folder, not a file.',
    'x7 may not be read.',
    'x7 cannot be read (x7).',
  ],
  'x7: x7': [],
  // What follows are words of the runtime, which are English; so the whole stays.
  'The provider x7 cannot run this graph: x7': [],
  'The device x7 failed: x7': [],
  '"x7" x7.': [
    '"x7" holds more than x7 files.',
    '"x7" holds x7; at most x7 are unpacked.',
    '"x7" holds a file with a forbidden name (x7).',
    '"x7" holds no project.',
    '"x7" holds a project that is damaged.',
  ],
  'The noise "x7" x7; the generator needs [x7].': [
    'The noise "x7" is missing; the generator needs [x7].',
    'The noise "x7" is [x7]; the generator needs [x7].',
  ],
  'The run is put aside: it failed x7 times x7. x7.': [
    'The run is put aside: it failed x7 times before its first snapshot.',
    'The run is put aside: it failed x7 times after step x7.',
    'The engine process ended unexpectedly: x7. Going on from step x7 on x7.',
    'Going on from step x7.',
  ],
  'The x7 changed since the run was interrupted.': ['settings', 'models', 'pictures'].map(
    (part) => `The ${part} changed since the run was interrupted.`,
  ),
  'There is nothing to resume: x7 x7.': ['does not exist', 'holds a run that is over', 'holds no run'].map(
    (what) => `There is nothing to resume: x7 ${what}.`,
  ),
  'x7 has x7 x x7 pixel; a face needs at least x7 x x7.': [
    'x7 has 1 x 1 pixel; a face needs at least x7 x x7.',
  ],
}

/** What the service can say to the window, as its source has it: advice, and why something is refused. */
export function serviceSentences(): readonly string[] {
  const spoken = serviceSources().filter((name) => !others.some((other) => name.startsWith(other)))
  const said = new Set(spoken.flatMap(sentencesIn))
  return [...said].flatMap((text) => completed[text] ?? (ofTerminals.test(text) ? [] : [text]))
}

function sentencesIn(name: string): readonly string[] {
  const source = ts.createSourceFile(
    name,
    readFileSync(join(sourceRoot, name), 'utf8'),
    ts.ScriptTarget.Latest,
  )
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'MienError') {
      const [code, message] = node.arguments ?? []
      if (code?.getText(source) !== insides && message !== undefined) found.push(...textsOf(message))
    }
    if (ts.isCallExpression(node) && node.expression.getText(source) === 'refusal')
      found.push(...node.arguments.flatMap(textsOf).filter((text) => text.includes(' ')))
    if (ts.isPropertyAssignment(node) && node.name.getText(source) === 'hint')
      found.push(...textsOf(node.initializer))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** The texts that an expression can be, with a name where something is filled in; none for what is computed elsewhere. */
function textsOf(node: ts.Expression): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(textsOf)
  if (!ts.isTemplateExpression(node)) return []
  return node.templateSpans.reduce<readonly string[]>(
    (heads, { expression, literal }) => {
      const values = textsOf(expression)
      return heads.flatMap((head) =>
        (values.length > 0 ? values : ['x7']).map((value) => head + value + literal.text),
      )
    },
    [node.head.text],
  )
}
