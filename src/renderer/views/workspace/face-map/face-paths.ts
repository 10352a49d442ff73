/** Width and height of the drawing. */
export const drawingSize = { width: 240, height: 284 } as const

/** What carries no weight: drawn first, the farthest back first. */
export const ground = {
  hair: 'M24 132C4 58 46 6 122 8C200 10 236 60 216 132C212 128 30 128 24 132Z',
  ears: 'M30 116C16 108 12 124 16 140C19 154 27 164 34 160ZM210 116C224 108 228 124 224 140C221 154 213 164 206 160Z',
  neck: 'M82 232C84 252 82 266 70 276L170 276C158 266 156 252 158 232Z',
  skin: 'M28 112C30 64 62 36 120 36C178 36 210 64 212 112C214 170 198 214 168 240C150 256 134 263 120 263C106 263 90 256 72 240C42 214 26 170 28 112Z',
  fringe:
    'M27 122C24 62 60 30 120 30C182 30 216 62 213 122C208 104 202 90 190 78C158 82 122 70 102 50C92 68 66 80 46 84C36 96 31 108 27 122Z',
} as const

const leftEyebrow = 'M43 98C52 85 73 78 100 85C103 88 103 92 100 95C79 89 60 91 47 101C43 102 42 100 43 98Z'
const leftEye =
  'M56 119C64 106 80 101 91 107C97 111 100 117 103 123C95 129 84 132 74 130C67 128 61 124 56 119Z'

/** A path for each of the nine groups of landmarks, in their order. */
export const regions: readonly string[] = [
  'M28 118C27 170 42 212 73 239C91 255 106 263 120 263C134 263 149 255 167 239C198 212 213 170 212 118C206 164 186 200 158 224C144 236 132 243 120 243C108 243 96 236 82 224C54 200 34 164 28 118Z',
  leftEyebrow,
  mirrored(leftEyebrow),
  'M114 114C112 130 112 146 109 160C114 167 126 167 131 160C128 146 128 130 126 114C123 110 117 110 114 114Z',
  'M100 177C98 167 106 163 112 168C117 173 123 173 128 168C134 163 142 167 140 177C139 185 131 182 127 186C123 190 117 190 113 186C109 182 101 185 100 177Z',
  leftEye,
  mirrored(leftEye),
  'M84 206C94 199 105 191 113 191C116 191 118 193 120 193C122 193 124 191 127 191C135 191 146 199 156 206C147 217 135 224 120 224C105 224 93 217 84 206Z',
  'M92 206C103 201 112 201 120 203C128 201 137 201 148 206C139 212 130 214 120 214C110 214 101 212 92 206Z',
]

/** Where the eyes look from; they are drawn over their groups. */
export const irises = [
  { x: 80, y: 117 },
  { x: 160, y: 117 },
] as const

/** A path of absolute M, C, L and Z on the other side of the face. */
function mirrored(path: string): string {
  return path.replace(
    /(-?[\d.]+) (-?[\d.]+)/g,
    (_, x: string, y: string) => `${drawingSize.width - Number(x)} ${y}`,
  )
}
