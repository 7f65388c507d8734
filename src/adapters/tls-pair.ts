import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SaccadeError } from '../core/errors.js'
import { selfSigned, type TlsPair } from './self-signed.js'

/** Files in PEM, or one that is made here. */
export type TlsWish = 'self-signed' | { readonly certFile: string; readonly keyFile: string }

export type Tls = TlsPair & {
  /** SHA-256 of the certificate, as browsers show it: `AB:CD:…`. */
  readonly fingerprint: string
  /** Whether the next run will show the same certificate. */
  readonly kept: boolean
}

/**
 * The certificate and key to serve with.
 *
 * @param names host names and addresses that a self-signed one is to hold
 * @throws SaccadeError `usage` where a file cannot be read, is no PEM, or the two do not belong together
 */
export async function tlsPair(wish: TlsWish, names: readonly string[]): Promise<Tls> {
  if (wish === 'self-signed') {
    const made = await selfSigned(names)
    return { ...made, fingerprint: new X509Certificate(made.cert).fingerprint256 }
  }
  const { certFile, keyFile } = wish
  // One after the other: of two that are not there, it is always the same that is told.
  const cert = await text(certFile, 'certificate')
  const key = await text(keyFile, 'key')
  const facts = read('certificate', certFile, () => new X509Certificate(cert))
  const secret = read('key', keyFile, () => createPrivateKey(key))
  if (!facts.checkPrivateKey(secret))
    throw usage(`--tls: the key in ${keyFile} is not that of the certificate in ${certFile}`)
  return { cert, key, fingerprint: facts.fingerprint256, kept: true }
}

function text(file: string, what: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw usage(`--tls: cannot read the ${what} ${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`, cause)
  })
}

function read<Made>(what: string, file: string, make: () => Made): Made {
  try {
    return make()
  } catch (cause) {
    throw usage(`--tls: there is no ${what} in ${file} that can be read: it must be PEM, and not encrypted`, cause)
  }
}

function usage(message: string, cause?: unknown): SaccadeError {
  return new SaccadeError(message, {
    code: 'usage',
    remedy: 'write --tls cert.pem,key.pem, or --tls alone for a self-signed one',
    cause,
  })
}
