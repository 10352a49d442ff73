/** A picture that the engine process may still hold decoded; with its bytes it need not. */
export interface RememberedPicture {
  readonly name: string
  readonly sha256: string
  readonly bytes?: Uint8Array
}
