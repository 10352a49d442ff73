import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { ClusterAction, ClusterState } from '../../shared/cluster.ts'
import type { Failure } from '../../shared/failure.ts'
import { failureOf, useAsk, useClient } from './client.ts'

/** How often the queue is looked at while someone looks, in milliseconds. */
const lookEvery = 2000

/** The queue of many machines, as it was when it was last looked at. */
export const useCluster = defineStore('cluster', () => {
  const client = useClient()
  const ask = useAsk()

  /** As it was the last time that the queue answered; null before. */
  const state = shallowRef<ClusterState | null>(null)
  const isAway = ref(false)
  /** Why it never will answer. */
  const refusal = shallowRef<Failure | null>(null)

  async function look(): Promise<void> {
    try {
      const seen = await client.call('cluster.state', {})
      refusal.value = null
      isAway.value = seen === null
      if (seen !== null) state.value = seen
    } catch (error) {
      refusal.value = failureOf(error)
    }
  }

  /** Keeps it up to date until the function that is given back is called. */
  function watch(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isWatched = true
    const again = async () => {
      await look()
      if (isWatched) timer = setTimeout(again, lookEvery)
    }
    void again()
    return () => {
      isWatched = false
      clearTimeout(timer)
    }
  }

  /** Does something with jobs by their ids, or with all of which it can be done. */
  async function act(action: ClusterAction, jobs: string[] = []): Promise<void> {
    await ask('cluster.act', { action, jobs })
    await look()
  }

  return { state, isAway, refusal, watch, act }
})
