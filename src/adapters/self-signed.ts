import type * as SelfSigned from 'selfsigned'
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { loadOptional } from './optional.js'

/** Certificate and key, both as PEM. */
export type TlsPair = { readonly cert: string; readonly key: string }

const dayMs = 86_400_000
const validMs = 365 * dayMs
/** One that ends sooner is made anew, so that it does not end in the middle of a run. */
const leftMs = 30 * dayMs

/** Where it is kept between runs: only so does comparing the fingerprint once help. Readable by the user alone. */
function folder(): string {
  const { XDG_STATE_HOME } = process.env
  return join(XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'saccade')
}

/**
 * A certificate that vouches for itself: the one of earlier runs, or a new one where there is none, it ends soon, or it does not
 * hold all names.
 *
 * @param names host names and addresses by which clients call
 * @returns the pair, and whether it will be there in the next run
 */
export async function selfSigned(names: readonly string[]): Promise<TlsPair & { readonly kept: boolean }> {
  const file = join(folder(), 'self-signed.pem')
  const known = pairIn(await readFile(file, 'utf8').catch(() => ''))
  if (known !== null && serves(known, names)) return { ...known, kept: true }
  const pair = await make(names)
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 })
    const aside = `${file}.${String(process.pid)}`
    await writeFile(aside, `${pair.cert}\n${pair.key}\n`, { mode: 0o600 })
    // Another run that starts at this moment finds the whole of one or of the other.
    await rename(aside, file)
    return { ...pair, kept: true }
  } catch {
    return { ...pair, kept: false }
  }
}

function pairIn(text: string): TlsPair | null {
  const cert = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text)?.[0]
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/.exec(text)?.[0]
  return cert === undefined || key === undefined ? null : { cert, key }
}

function serves({ cert }: TlsPair, names: readonly string[]): boolean {
  try {
    const facts = new X509Certificate(cert)
    if (Date.parse(facts.validTo) < Date.now() + leftMs) return false
    return names.every((name) => (isAddress(name) ? facts.checkIP(name) : facts.checkHost(name)) !== undefined)
  } catch {
    return false
  }
}

async function make(names: readonly string[]): Promise<TlsPair> {
  const { generate } = await loadOptional('selfsigned', () =>
    Promise.resolve(createRequire(import.meta.url)('selfsigned') as typeof SelfSigned),
  )
  const made = await generate([{ name: 'commonName', value: 'Saccade, self-signed' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A phone's clock may be behind.
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + validMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isAddress(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  })
  return { cert: made.cert, key: made.private }
}

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(':')
}
