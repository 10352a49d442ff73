/** What is known of a term of the loss beside its mathematics; see `buildObjective`. */
interface Term {
  /** What a command line calls it. */
  readonly title: string
  /** What its weight does. */
  readonly about: string
  /** Between these a weight is mostly turned. */
  readonly least: number
  readonly most: number
}

/** Of the reference's objective; every search has them. */
const referenceTerms = {
  perceptual: { title: 'look distance', about: 'weight of the look', least: 0.01, most: 10 },
  // More meets the landmarks no better, and drives the face to where it does not come back from; it can be typed.
  landmark: { title: 'landmark distance', about: 'weight of the landmarks', least: 0.001, most: 1 },
  noiseReg: {
    title: 'noise regularisation',
    about: 'weight that keeps the noise random',
    least: 10,
    most: 1e7,
  },
} satisfies Record<string, Term>

/** Beyond the reference's. A search has those for which its settings give a weight. */
const extraTerms = {
  prior: {
    title: 'latent prior',
    about: "weight that keeps the latent where the generator's lie",
    least: 0.001,
    most: 10,
  },
  colour: {
    title: 'colour distance',
    about: "weight of the look's colours on a coarse grid",
    least: 0.1,
    most: 1000,
  },
  identity: {
    title: 'identity (squared)',
    about: "weight of the look's identity, as a face recognition network sees it",
    least: 0.001,
    most: 10,
  },
  discriminator: {
    title: 'discriminator',
    about: "weight of how real the generator's discriminator finds the face",
    least: 0.001,
    most: 10,
  },
} satisfies Record<string, Term>

type ReferenceTermName = keyof typeof referenceTerms
export type ExtraTermName = keyof typeof extraTerms
export type TermName = ReferenceTermName | ExtraTermName

export const termTable: Readonly<Record<TermName, Term>> = { ...referenceTerms, ...extraTerms }
export const referenceTermNames = Object.keys(referenceTerms) as readonly ReferenceTermName[]
export const extraTermNames = Object.keys(extraTerms) as readonly ExtraTermName[]
export const termNames: readonly TermName[] = [...referenceTermNames, ...extraTermNames]

/** Numbers of some of the extra terms. */
export type ExtraTermNumbers = { readonly [name in ExtraTermName]?: number }

/** A number of each term that a search has. */
export type TermNumbers = { readonly [name in ReferenceTermName]: number } & ExtraTermNumbers

/**
 * Asks for the number of each term, in the order of `termNames`, and leaves out those that are undefined.
 *
 * @param numberOf defined for the terms of the reference
 */
export function termsOf(numberOf: (name: TermName) => number | undefined): TermNumbers {
  const numbers = termNames.map((name) => [name, numberOf(name)] as const)
  return Object.fromEntries(numbers.filter(([, number]) => number !== undefined)) as unknown as TermNumbers
}

/** A run keeps the terms that it began with: what is not named stays as it is, what it has not is left out. */
export function keptTerms(before: TermNumbers, now: TermNumbers): TermNumbers {
  return termsOf((name) => (before[name] === undefined ? undefined : (now[name] ?? before[name])))
}

/** Without the extra terms of weight 0, which would be computed for nothing. */
export function withoutIdleTerms(weights: TermNumbers): TermNumbers {
  const isExtra = (name: TermName) => (extraTermNames as readonly TermName[]).includes(name)
  return termsOf((name) => (weights[name] === 0 && isExtra(name) ? undefined : weights[name]))
}
