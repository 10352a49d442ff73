import process from 'node:process'
import { runMain } from '../../build/run-main.mjs'

const [evaluation, ...args] = process.argv.slice(2)
await runMain(new URL(`./${evaluation}.ts`, import.meta.url), args)
