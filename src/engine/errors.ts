/** Every way in which Mien refuses or fails; `exitCode` in the command line follows from it. */
export type ErrorCode =
  /** A request that makes no sense: an unknown flag, a weight that is not a number. */
  | 'wrong-use'
  /** A file that is missing or cannot be opened. */
  | 'unreadable-file'
  /** A file that is damaged, truncated, of an unknown kind, or larger than its budget. */
  | 'bad-file'
  /** A checkpoint that asks for something outside the allow-list. */
  | 'forbidden'
  /** A sound checkpoint of a network that Mien does not know. */
  | 'unsupported-model'
  /** Parts that are sound alone but do not fit each other. */
  | 'mismatch'
  /** A picture that cannot be decoded or is too large. */
  | 'bad-image'
  /** A graph that was built wrongly: names the op and the node. */
  | 'bad-graph'
  /** A file or folder that cannot be written, a full disk. */
  | 'unwritable'
  /** The execution provider failed or went away. */
  | 'device'
  /** A file of a catalogue that may not be fetched, or did not come whole and right. */
  | 'download'
  /** Stopped by the user. */
  | 'stopped'

/** Where the trouble lies; every field that is known is filled in. */
export interface ErrorPlace {
  readonly file?: string
  /** Byte offset in that file. */
  readonly offset?: number
  /** The full name of the pickle global, op, node, or tensor concerned. */
  readonly name?: string
}

/** What an error may carry besides its sentence. */
export interface ErrorDetails extends ErrorPlace {
  /** One sentence that says what the user can do. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * The one error class of Mien. `message` is a sentence for the user; `place` and `cause` are for the log.
 */
export class MienError extends Error {
  override readonly name = 'MienError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly place: ErrorPlace

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { hint, cause, ...place } = details
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
    this.place = place
  }
}
