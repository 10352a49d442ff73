import { type InjectionKey, inject } from 'vue'
import { MienError } from '../../engine/errors.ts'
import type { CommandName, Parameters, Result } from '../../shared/contract.ts'
import type { ExportedFile } from '../../shared/exports.ts'
import type { Failure } from '../../shared/failure.ts'
import { type Client, ServiceFailure } from '../client/index.ts'
import { i18n } from '../locales/language.ts'
import { useNotices } from './notices.ts'

/** The way to the service, provided by `main.ts`; stores alone use it. */
export const clientKey: InjectionKey<Client> = Symbol('client')

/** The client of this window. Throws where none was provided. */
export function useClient(): Client {
  const client = inject(clientKey)
  if (client === undefined) throw new Error('No client was provided to this window.')
  return client
}

/** What went wrong, whatever was thrown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ServiceFailure) return error.failure
  if (error instanceof MienError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null }
  }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error), hint: null }
}

/** Saves a file where the user wants it, and says where that is. */
export function useSave(): (file: ExportedFile) => Promise<void> {
  const client = useClient()
  const notices = useNotices()
  const { t } = i18n.global
  return async (file) => {
    try {
      const saved = await client.save(file)
      if (saved === null) return
      const { path } = saved
      const said = path === null ? t('app.downloaded', { name: file.name }) : t('app.savedAs', { path })
      notices.tell(said, null, 'good')
    } catch (error) {
      notices.fail(failureOf(error))
    }
  }
}

/** Asks the service; what goes wrong is shown as a notice, and the answer is undefined then. */
export type Ask = <C extends CommandName>(
  name: C,
  parameters: Parameters<C>,
) => Promise<Result<C> | undefined>

/** For what the user asks for with a press: the store says what went wrong, the component need not. */
export function useAsk(): Ask {
  const client = useClient()
  const notices = useNotices()
  return async (name, parameters) => {
    try {
      return await client.call(name, parameters)
    } catch (error) {
      notices.fail(failureOf(error))
      return undefined
    }
  }
}
