/** What a batch writes beside the folders of its jobs. */
export const batchFiles = {
  table: 'batch.csv',
  lock: 'batch.lock',
  sheet: (page: number) => `contact-sheet-${page}.png`,
} as const

/** Whether a name in the folder of a batch is one of its own files. */
export function isBatchFile(name: string): boolean {
  return /^(batch\.(csv|lock)|contact-sheet-\d+\.png)$/i.test(name)
}
