/** A time as people say it, in one unit: `40 sec`, `3 min`, `2 hr`. */
export function duration(seconds: number, language: string): string {
  const [value, unit] =
    seconds < 60 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour']
  const format = new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: unit === 'hour' ? 1 : 0,
  })
  return format.format(Math.max(1, value))
}

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** Formats by language: making one costs more than a frame of scrolling can spare. */
const formats = new Map<string, Intl.RelativeTimeFormat>()

/** How long ago something was, in the largest unit that fits. Moments are milliseconds since 1970. */
export function ago(moment: number, language: string, now = Date.now()): string {
  const seconds = Math.min(0, (moment - now) / 1000)
  const [unit, size] = units.find(([, size]) => -seconds >= size) ?? units[units.length - 1]!
  const format = formats.get(language) ?? new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  formats.set(language, format)
  return format.format(Math.trunc(seconds / size), unit)
}
