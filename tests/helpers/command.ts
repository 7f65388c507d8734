import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { childrenOf } from './clips.js'

/** The project's own folder. */
export const project = fileURLToPath(new URL('../../', import.meta.url))
/** The built command line: `npm test` builds it first. */
export const builtMain = join(project, 'dist/cli/main.cjs')

export function pipelineFile(name: string): string {
  return join(project, 'pipelines', `${name}.yaml`)
}

export type Ending = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export type CommandOptions = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Another copy of the built command line. */
  readonly main?: string
  /** Words for node itself. */
  readonly nodeOptions?: readonly string[]
  /** A process group of its own, as a terminal gives it: `interruptGroup` is Ctrl-C then. */
  readonly group?: boolean
  /** After how long it is killed, so that a test fails with what was said; 45 s unless told. */
  readonly limitMs?: number
}

/** What is the test runner's own, or would keep a library from leaving traces that are to be seen. */
const notInherited = {
  NODE_OPTIONS: undefined,
  ORT_DISABLE_TELEMETRY: undefined,
  CI: undefined,
  XDG_CACHE_HOME: undefined,
  XDG_DATA_HOME: undefined,
  XDG_STATE_HOME: undefined,
}
/** Folders that no test has asked about, or that a failed one left. */
const temporaries = new Set<string>()
afterAll(() => {
  for (const folder of temporaries) rmSync(folder, { recursive: true, force: true })
})

const markName = 'SACCADE_TEST_MARK'
const goneWithinMs = 3000

/** A command line that runs: what it says, how it ends, and what it leaves behind. */
export class Command {
  readonly pid: number
  /** It has ended, and its output has been read to the end. */
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #mark = randomUUID()
  readonly #temporary = mkdtempSync(join(tmpdir(), 'saccade-command-'))
  readonly #watchers = new Set<() => void>()
  #ending: Ending | null = null
  #stdout = ''
  #stderr = ''

  constructor(words: readonly string[], options: CommandOptions = {}) {
    const { cwd = project, env = {}, main = builtMain, nodeOptions = [], group = false, limitMs = 45_000 } = options
    const child = spawn(process.execPath, [...nodeOptions, main, ...words], {
      cwd,
      env: {
        ...process.env,
        ...notInherited,
        NO_COLOR: '1',
        TMPDIR: this.#temporary,
        HOME: this.#temporary,
        [markName]: this.#mark,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: group,
    })
    this.#child = child
    temporaries.add(this.#temporary)
    this.pid = child.pid ?? 0
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#wake()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#wake()
    })
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        clearTimeout(limit)
        this.#ending = { code, signal, stdout: this.#stdout, stderr: this.#stderr }
        this.#wake()
        resolve(this.#ending)
      })
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  get stderr(): string {
    return this.#stderr
  }

  /** Where it finds room for temporary files, and what it takes for the user's home. */
  get temporary(): string {
    return this.#temporary
  }

  /** Waits until it has said this, on stdout or stderr. @throws Error where it ends without */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#stderr) ?? pattern.exec(this.#stdout)
        if (found === null && this.#ending === null) return
        this.#watchers.delete(look)
        if (found !== null) resolve(found)
        else reject(new Error(`it ended without saying ${String(pattern)}:\n${this.#stderr}${this.#stdout}`))
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** The address that it serves on. */
  async url(): Promise<string> {
    return (await this.said(/http:\/\/127\.0\.0\.1:\d+\//))[0]
  }

  /** Reads no more of its stdout, as `head` does when it has its lines. */
  stopReading(): void {
    this.#child.stdout?.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Ctrl-C as a terminal gives it: to the whole process group. */
  interruptGroup(): void {
    process.kill(-this.pid, 'SIGINT')
  }

  /** Its FFmpegs: those of the picture (raw pixels), those of the sound. Linux only. */
  decoders(): { readonly video: readonly number[]; readonly audio: readonly number[] } {
    const all = childrenOf(this.pid)
    const isVideo = (pid: number): boolean => readProc(pid, 'cmdline').includes('rawvideo')
    return { video: all.filter(isVideo), audio: all.filter((pid) => !isVideo(pid)) }
  }

  /** Resolves as soon as it has loaded a native library. Linux only. @throws Error where it ends without */
  async loads(library: string): Promise<void> {
    while (!readProc(this.pid, 'maps').includes(library)) {
      if (this.#ending !== null) throw new Error(`it ended without loading ${library}:\n${this.#stderr}`)
      await new Promise(setImmediate)
    }
  }

  /** The lines of JSON on stderr: `--json`. */
  lines<T>(): T[] {
    return this.#stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T)
  }

  /**
   * What is there of it after its end: processes that it or its children began, wherever they hang in the tree (a process
   * that was killed with it is given the time to end), temporary files and those in the home, its port. All empty is right. Removes the folder.
   */
  async leftovers(): Promise<{
    readonly processes: readonly string[]
    readonly files: readonly string[]
    readonly ports: readonly string[]
  }> {
    await this.ended
    const files = readdirSync(this.#temporary, { recursive: true }).map(String)
    rmSync(this.#temporary, { recursive: true, force: true })
    const served = [...`${this.#stderr}${this.#stdout}`.matchAll(/http:\/\/127\.0\.0\.1:(\d+)\//g)].map((found) =>
      Number(found[1]),
    )
    const ports = []
    for (const port of new Set(served)) if (await isListening(port)) ports.push(String(port))
    const untilMs = performance.now() + goneWithinMs
    let processes = this.#marked()
    while (processes.length > 0 && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      processes = this.#marked()
    }
    return { processes, files, ports }
  }

  #marked(): string[] {
    if (process.platform !== 'linux') return []
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter((entry) => readProc(Number(entry), 'environ').includes(`${markName}=${this.#mark}`))
      .map((entry) => `${entry} ${readProc(Number(entry), 'cmdline').replaceAll('\0', ' ')}`)
  }

  #wake(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

/** What `leftovers` gives where all is right. */
export const nothingLeft = { processes: [], files: [], ports: [] }

/** The group that a terminal's Ctrl-C reaches together. Linux only. */
export function processGroupOf(pid: number): number {
  return Number(/^\d+ \(.*\) \S \d+ (\d+)/s.exec(readProc(pid, 'stat'))?.[1])
}

/** Runs the built command line. */
export function command(...words: readonly string[]): Command {
  return new Command(words)
}

function readProc(pid: number, what: 'cmdline' | 'environ' | 'maps' | 'stat'): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${what}`, 'utf8')
  } catch {
    return ''
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
