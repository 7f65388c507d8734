#!/usr/bin/env node
import { startOnnxWorker } from '../adapters/onnx-worker-start.js'
import { hearSignals } from './signals.js'

// What must not wait until the command is loaded: hearing Ctrl-C, and a worker that loads ONNX Runtime meanwhile.
const words = process.argv.slice(2)
const early =
  words[0] === 'run' && !words.includes('--help') ? { signals: hearSignals(), worker: startOnnxWorker() } : null
const { command } = await import('./command.js')
await command(words, early)
