import { type Charge, limits } from './limits.ts'
import { quoted, refusal } from './refusal.ts'

/** Counts what reading one file has cost so far; shared by all the pickles inside it. */
export class Budget {
  /** Name of the file, for errors. */
  readonly file: string
  readonly #spent: Record<Charge, number> = {
    opcodes: 0,
    memo: 0,
    containers: 0,
    strings: 0,
    visits: 0,
    tensors: 0,
  }
  #room: number

  /** `size` is the length of the file in bytes. */
  constructor(file: string, size: number) {
    this.file = file
    this.#room = 2 * size + limits.expansion
  }

  /** Throws MienError 'bad-file' once more than the limit has been charged. */
  charge(what: Charge, amount = 1, offset?: number): void {
    this.#spent[what] += amount
    if (this.#spent[what] > limits[what]) {
      throw refusal(
        'bad-file',
        `The file "${this.file}" needs more ${what} than a checkpoint can (${limits[what]}).`,
        {
          file: this.file,
          name: what,
          ...(offset === undefined ? {} : { offset }),
        },
      )
    }
  }

  /** Charges the dense bytes of a tensor; throws MienError 'bad-file' if the tensors outgrow the file. */
  chargeTensor(name: string, bytes: number): void {
    this.charge('tensors')
    this.#room -= bytes
    if (!(this.#room >= 0)) {
      throw refusal(
        'bad-file',
        `The tensors of "${this.file}" are far larger than the file itself (${quoted(name)}).`,
        {
          file: this.file,
          name,
        },
      )
    }
  }
}
