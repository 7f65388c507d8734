#!/usr/bin/env node
import { startOnnxWorker } from '../adapters/onnx-worker-start.js'
import { loadCommand } from './load-command.js'
import { hearSignals } from './signals.js'

// What must not wait until the command is loaded: hearing Ctrl-C, and a worker that loads ONNX Runtime meanwhile.
const words = process.argv.slice(2)
const early =
  words[0] === 'run' && !words.includes('--help') ? { signals: hearSignals(), worker: startOnnxWorker() } : null
void loadCommand().command(words, { early, importModule: (address) => import(address) })
