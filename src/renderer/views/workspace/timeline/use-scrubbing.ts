import { type Ref, ref } from 'vue'
import type { DriverTimeline } from '../../../../shared/driver.ts'
import { frameAt } from './film-times.ts'
import { usePlayer } from './player.ts'

/** Goes through the film along something that is as long as it: by the pointer, and by the keys that the arrows of the film leave. */
export function useScrubbing(along: Readonly<Ref<HTMLElement | null>>, timeline: () => DriverTimeline) {
  const player = usePlayer()
  const held = ref(false)

  function frameUnder(event: PointerEvent): number {
    const { left, width } = along.value!.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width))
    return frameAt(timeline(), share * player.length)
  }

  function take(event: PointerEvent): void {
    if (event.button !== 0) return
    along.value!.setPointerCapture(event.pointerId)
    along.value!.focus()
    held.value = true
    player.pause()
    player.goTo(frameUnder(event))
  }

  function move(event: PointerEvent): void {
    if (held.value) player.goTo(frameUnder(event))
  }

  function release(): void {
    held.value = false
  }

  function key(event: KeyboardEvent): void {
    const acts: Record<string, () => void> = {
      Home: () => player.goTo(player.range[0]),
      End: () => player.goTo(player.range[1] - 1),
      PageUp: () => player.step(10),
      PageDown: () => player.step(-10),
    }
    const act = acts[event.key]
    if (act === undefined) return
    event.preventDefault()
    player.pause()
    act()
  }

  return { frameUnder, take, move, release, key }
}
