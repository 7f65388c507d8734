import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'

/** What the worker is started with. */
export type CoreJob = {
  readonly program: WebAssembly.Module
  /** The file on disk, and how it is called inside. */
  readonly path: string
  readonly inside: string
  readonly list: readonly string[]
  readonly port: MessagePort
  /** Counts the windows that were sent; the worker sleeps on it. */
  readonly signal: Int32Array<SharedArrayBuffer>
}

/** From the worker: log lines, always first, and then what happened. */
export type CoreReport = {
  readonly log: string
  /** Bytes that it put into the window it had. */
  readonly filled: number
  /** `full`: its window is; `ask`: it holds bytes and waits for a window. */
  readonly is: 'full' | 'ask' | 'end'
  readonly code: number
}

/** To the worker: where the next bytes go. */
export type CoreWindow = {
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}

/** As much of Emscripten's file system as is used here. */
type Stream = { seekable: boolean }
type Node = {
  usedBytes: number
  stream_ops: Record<string, unknown>
}
type FileSystem = {
  readonly makedev: (major: number, minor: number) => number
  readonly registerDevice: (device: number, operations: Record<string, unknown>) => void
  readonly mkdev: (path: string, device: number) => void
  readonly writeFile: (path: string, bytes: Uint8Array) => void
  readonly lookupPath: (path: string) => { readonly node: Node }
}
type Core = {
  readonly FS: FileSystem
  readonly setLogger: (logger: (entry: { readonly message: string }) => void) => void
  readonly exec: (...list: readonly string[]) => number
}
type Instantiated = (instance: WebAssembly.Instance, program: WebAssembly.Module) => void
type CreateCore = (options: {
  readonly instantiateWasm: (imports: WebAssembly.Imports, done: Instantiated) => object
}) => Promise<Core>

await run(workerData as CoreJob)

/**
 * FFmpeg's WebAssembly core on one track of one file: the file is read from disk as it is asked for, and the output is
 * a device, whose write copies the bytes from the core's memory into windows that the main thread sends. Without a
 * window it sleeps, and the decoder with it.
 */
async function run({ program, path, inside, list, port, signal }: CoreJob): Promise<void> {
  let log = ''
  let window: Uint8Array<SharedArrayBuffer> | null = null
  let filled = 0
  let windowsSeen = 0

  function report(is: CoreReport['is'], code = 0): void {
    port.postMessage({ log, filled, is, code } satisfies CoreReport)
    log = ''
    filled = 0
    window = null
  }

  function nextWindow(): Uint8Array<SharedArrayBuffer> {
    report('ask')
    Atomics.wait(signal, 0, windowsSeen)
    windowsSeen++
    const { buffer, byteOffset, byteLength } = (receiveMessageOnPort(port) as { message: CoreWindow }).message
    return new Uint8Array(buffer, byteOffset, byteLength)
  }

  function write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      window ??= nextWindow()
      const part = bytes.subarray(at, at + window.length - filled)
      window.set(part, filled)
      filled += part.length
      at += part.length
      if (filled === window.length) report('full')
    }
  }

  // The core was made for the browser's workers.
  Object.assign(globalThis, { self: globalThis, location: { href: 'file:///' } })
  const name: string = '@ffmpeg/core'
  const { default: createCore } = (await import(name)) as { readonly default: CreateCore }
  const core = await createCore({
    instantiateWasm(imports, done) {
      done(new WebAssembly.Instance(program, imports), program)
      return {}
    },
  })
  const file = openSync(path, 'r')
  mountFile(core.FS, inside, file)
  mountOutput(core.FS, '/out', write)
  core.setLogger(({ message }) => {
    log += `${message}\n`
  })
  const code = core.exec(...list)
  closeSync(file)
  report('end', code)
  port.close()
}

/** A file inside that is read from the one outside: nothing of it is kept in memory. */
function mountFile(fs: FileSystem, inside: string, file: number): void {
  fs.writeFile(inside, new Uint8Array(0))
  const { node } = fs.lookupPath(inside)
  const { size } = fstatSync(file)
  Object.defineProperty(node, 'usedBytes', { get: () => size })
  node.stream_ops = {
    ...node.stream_ops,
    read: (_stream: Stream, memory: Int8Array, offset: number, length: number, position: number) =>
      readSync(file, memory, offset, length, position),
  }
}

function mountOutput(fs: FileSystem, inside: string, write: (bytes: Uint8Array) => void): void {
  const device = fs.makedev(64, 0)
  fs.registerDevice(device, {
    open(stream: Stream) {
      stream.seekable = false
    },
    close: () => undefined,
    read: () => 0,
    write(_stream: Stream, memory: Int8Array, offset: number, length: number) {
      write(new Uint8Array(memory.buffer, memory.byteOffset + offset, length))
      return length
    },
  })
  fs.mkdev(inside, device)
}
