import type { IncomingMessage } from 'node:http'
import type { Rights } from '../core/wire.js'
import { addressName, isLocalOrigin, isLoopback, isOurHost, isOurOrigin, type WebNames } from './web-names.js'
import { credentialOf, type Tokens } from './web-tokens.js'

/** What a request may do; null where it may not even view. */
export type Admission =
  | {
      readonly rights: Rights
      /** What the page is to keep instead of the token in its address; null where it shows none there. */
      readonly cookie: string | null
    }
  | {
      readonly rights: null
      readonly status: 401 | 403
      /** Why, in words that hold nothing of the request. */
      readonly why: string
    }

/** Says of each request what it may do. Never rejects. */
export type Door = (request: IncomingMessage) => Admission | Promise<Admission>

const noNames: WebNames = { hosts: new Set(), origins: new Set() }
const foreignHost =
  'This run is not called by that name: use its address, or start it with --origin and the address of the page\n'
const foreignOrigin = 'Pages of that origin may not ask: start the run with --origin and the address of the page\n'

const refused = (status: 401 | 403, why: string): Admission => ({ rights: null, status, why })

/** Pages and programs of this machine, and nobody else (W6). */
export function localDoor(rights: Rights, remedy = 'use http://127.0.0.1'): Door {
  return (request) =>
    isLoopback(addressName(request.socket.remoteAddress)) && isOurHost(request, noNames) && isLocalOrigin(request)
      ? { rights, cookie: null }
      : refused(403, `Only pages of this machine may ask: ${remedy}\n`)
}

export type TokenDoorOptions = {
  readonly names: WebNames
  /** Whether clients come by TLS. */
  readonly secure: boolean
  /** Cookies know no ports: each server needs a name of its own. */
  readonly cookie: string
}

/** Who shows a token, calls the server by a name of its own, and is no page of another origin. */
export function tokenDoor(tokens: Tokens, { names, secure, cookie }: TokenDoorOptions): Door {
  const schemes = [secure ? 'https' : 'http']
  return (request) => {
    if (!isOurHost(request, names)) return refused(403, foreignHost)
    if (!isOurOrigin(request, names, schemes)) return refused(403, foreignOrigin)
    const shown = credentialOf(request, cookie)
    if (shown === null)
      return refused(401, 'This run asks for a token: Authorization: Bearer …, or ?token=… in the address\n')
    const rights = tokens.rightsOf(shown.text)
    if (rights === null) return refused(401, 'That is no token of this run\n')
    const kept = `${cookie}=${shown.text}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
    return { rights, cookie: shown.from === 'query' ? kept : null }
  }
}

export type HostDoorOptions = {
  /** Says what a request may do, or null: nothing. */
  readonly authorize: (request: IncomingMessage) => Rights | null | Promise<Rights | null>
  readonly origins: ReadonlySet<string>
  /** Told where `authorize` throws: nobody is let in then. */
  readonly onError: (error: unknown) => void
}

/** As the owner of the server says; pages of other origins may not ask with what a browser sends along for its user. */
export function hostDoor({ authorize, origins, onError }: HostDoorOptions): Door {
  return async (request) => {
    // Whether the client came by TLS is not known here: a proxy may stand between.
    if (!isOurOrigin(request, { ...noNames, origins }, ['http', 'https']))
      return refused(403, 'Pages of that origin may not ask: run.mount(server, path, { origins }) says which may\n')
    try {
      const rights = await authorize(request)
      return rights === null ? refused(403, 'You may not look at this run\n') : { rights, cookie: null }
    } catch (error) {
      onError(error)
      return refused(403, 'You may not look at this run\n')
    }
  }
}
