import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { Failure } from '../../shared/failure.ts'

export interface NoticeAction {
  readonly label: string
  readonly act: () => void
}

/** A short message at the foot of the window. */
export interface Notice {
  readonly id: number
  readonly tone: 'info' | 'good' | 'danger'
  /** In the window's words. */
  readonly message: string | null
  readonly hint: string | null
  /** In the service's words: something that it tells, or why it does not do something. */
  readonly sentence: string | null
  readonly failure: Failure | null
  readonly action: NoticeAction | null
}

/** Seconds that a notice stays; failures stay until they are closed. */
const lifetime = 7

/** What the user is told in passing. */
export const useNotices = defineStore('notices', () => {
  const list = ref<readonly Notice[]>([])
  /** Where they can be seen now: in the window, and in dialogs above it, the foremost last. */
  const places = shallowRef<readonly symbol[]>([])
  let last = 0

  function add(notice: Omit<Notice, 'id'>): number {
    const id = ++last
    const same = (other: Notice) =>
      other.message === notice.message &&
      other.hint === notice.hint &&
      other.sentence === notice.sentence &&
      other.failure?.message === notice.failure?.message
    list.value = [...list.value.filter((other) => !same(other)), { ...notice, id }].slice(-4)
    if (notice.tone !== 'danger') setTimeout(() => close(id), lifetime * 1000)
    return id
  }

  /** Says something, with something that can be done about it. */
  function tell(message: string, action: NoticeAction | null = null, tone: 'info' | 'good' = 'info'): number {
    return add({ tone, message, hint: null, sentence: null, failure: null, action })
  }

  /** Passes on what the service tells. */
  function pass(sentence: string): number {
    return add({ tone: 'info', message: null, hint: null, sentence, failure: null, action: null })
  }

  /** Says why the window does not do what the user asked for. */
  function refuse(message: string, hint: string, action: NoticeAction | null = null): number {
    return add({ tone: 'danger', message, hint, sentence: null, failure: null, action })
  }

  /** Shows why the service did not do what the user asked for; `message` says what, where the user may not know. */
  function fail(failure: Failure, message: string | null = null, action: NoticeAction | null = null): number {
    return add({ tone: 'danger', message, hint: null, sentence: null, failure, action })
  }

  function close(id: number): void {
    list.value = list.value.filter((notice) => notice.id !== id)
  }

  /** Takes failures of a kind away that is over. */
  function settle(code: string): void {
    list.value = list.value.filter((notice) => notice.failure?.code !== code)
  }

  function offer(place: symbol): void {
    places.value = [...places.value, place]
  }

  function withdraw(place: symbol): void {
    places.value = places.value.filter((other) => other !== place)
  }

  return { list, places, tell, pass, refuse, fail, close, settle, offer, withdraw }
})
