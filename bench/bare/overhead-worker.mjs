// Takes a handle on a picture, looks at its first pixel, and answers. Anything else ends it.
import { parentPort } from 'node:worker_threads'

parentPort.on('message', ({ buffer, byteOffset, seq }) => {
  if (buffer === undefined) return parentPort.close()
  parentPort.postMessage({ seq, first: new Uint8Array(buffer, byteOffset, 1)[0] })
})
