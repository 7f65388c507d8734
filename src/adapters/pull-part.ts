import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { cannotWrite } from './pull-problem.js'

/**
 * What has come of a file so far, under a name of its own beside the file to be: `NAME.onnx.HOST.PID.RANDOM.part`.
 *
 * No two pulls write into one: whoever goes on with what another has left renames it first, which only one of two can do. A
 * pull that gives up leaves it as `NAME.onnx.part`; one that was killed leaves its own, and its process is gone by then.
 */
export class Part {
  readonly path: string
  /** Whether bytes of an earlier connection are in it: they may be another file's. */
  joined = false
  readonly #target: string
  #file: FileHandle | null
  #bytes: number
  #validator: string | null

  private constructor(target: string, path: string, file: FileHandle, bytes: number, validator: string | null) {
    this.#target = target
    this.path = path
    this.#file = file
    this.#bytes = bytes
    this.#validator = validator
    this.joined = bytes > 0
  }

  /** Goes on with what an earlier pull has left, where there is some and `resume` is true. @throws SaccadeError `missing` */
  static async open(folder: string, name: string, resume: boolean): Promise<Part> {
    const target = join(folder, name)
    const path = `${target}.${host()}.${String(process.pid)}.${randomBytes(4).toString('hex')}.part`
    try {
      await mkdir(folder, { recursive: true })
      const left = await leftovers(folder, name)
      const claimed = resume ? await claim(left, path) : null
      const validator = claimed === null ? null : await readFile(`${path}.etag`, 'utf8').catch(() => null)
      const file = await open(path, 'a')
      const { size } = await file.stat()
      return new Part(target, path, file, size, validator)
    } catch (cause) {
      throw cannotWrite(folder, cause)
    }
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What the server called the version that these bytes are of: an ETag, or when it was changed. */
  get validator(): string | null {
    return this.#validator
  }

  async append(chunk: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < chunk.byteLength;) {
        const { bytesWritten } = (await this.#file?.write(chunk, at)) ?? { bytesWritten: chunk.byteLength }
        at += bytesWritten
      }
    } catch (cause) {
      throw cannotWrite(this.path, cause)
    }
    this.#bytes += chunk.byteLength
  }

  /** Begins anew with a version of this name. */
  async restart(validator: string | null): Promise<void> {
    try {
      await this.#file?.truncate(0)
      this.#bytes = 0
      this.joined = false
      this.#validator = validator
      if (validator === null) await rm(`${this.path}.etag`, { force: true })
      else await writeFile(`${this.path}.etag`, validator)
    } catch (cause) {
      throw cannotWrite(this.path, cause)
    }
  }

  /** Gives the file its name, in one step: until then there is none of that name, or the one before. */
  async finish(): Promise<void> {
    try {
      await this.#file?.sync()
      await this.#close()
      await rename(this.path, this.#target)
      await rm(`${this.path}.etag`, { force: true })
    } catch (cause) {
      throw cannotWrite(this.#target, cause)
    }
  }

  /** Leaves it for the next pull; of two that were left the longer one stays. Never rejects. */
  async keep(): Promise<void> {
    const kept = `${this.#target}.part`
    await this.#close().catch(nothing)
    const before = await stat(kept).catch(() => null)
    if (this.#bytes <= (before?.size ?? 0)) return this.discard()
    await rename(this.path, kept).catch(nothing)
    if (this.#validator === null) await rm(`${kept}.etag`, { force: true }).catch(nothing)
    else await rename(`${this.path}.etag`, `${kept}.etag`).catch(nothing)
  }

  /** Leaves nothing. Never rejects. */
  async discard(): Promise<void> {
    await this.#close().catch(nothing)
    for (const path of [this.path, `${this.path}.etag`]) await rm(path, { force: true }).catch(nothing)
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }
}

const nothing = (): void => undefined
const host = (): string => hostname().replaceAll(/[^\w-]/g, '_')

/** What nobody writes into any more, the longest first. */
async function leftovers(folder: string, name: string): Promise<readonly string[]> {
  const found: { readonly path: string; readonly bytes: number }[] = []
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(`${name}.`) || !entry.endsWith('.part')) continue
    const owner = /^(.+)\.(\d+)\.[0-9a-f]{8}$/.exec(entry.slice(name.length + 1, -'.part'.length))
    const free = entry === `${name}.part` || (owner?.[1] === host() && !isAlive(Number(owner[2])))
    const facts = free ? await stat(join(folder, entry)).catch(() => null) : null
    if (facts !== null) found.push({ path: join(folder, entry), bytes: facts.size })
  }
  return found.sort((a, b) => b.bytes - a.bytes).map(({ path }) => path)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Takes the first that another pull did not take just before, and clears the others away. */
async function claim(left: readonly string[], as: string): Promise<string | null> {
  let claimed: string | null = null
  for (const path of left) {
    try {
      if (claimed === null) {
        await rename(path, as)
        claimed = path
        await rename(`${path}.etag`, `${as}.etag`).catch(nothing)
      } else {
        await rm(path, { force: true })
        await rm(`${path}.etag`, { force: true })
      }
    } catch {
      // Another one was quicker.
    }
  }
  return claimed
}
