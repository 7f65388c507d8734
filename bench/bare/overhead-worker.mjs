// Takes a handle on a picture, looks at its first pixel, and answers.
import { parentPort } from 'node:worker_threads'

parentPort.on('message', ({ buffer, byteOffset, seq }) => {
  parentPort.postMessage({ seq, first: new Uint8Array(buffer, byteOffset, 1)[0] })
})
