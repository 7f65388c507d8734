import type { SenderState } from './sender-state.js'

type Refused = Extract<SenderState, { readonly is: 'refused' }>

/** Why a browser gives no camera or microphone, and what helps, by the name of its error (W3C Media Capture, 10.2). */
export function refusalWords(error: unknown): Refused {
  const name = error instanceof Error ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return refused(
        'Camera and microphone are not allowed',
        'Allow them for this page: the sign left of the address, or the settings of your browser or system. Then try again.',
      )
    case 'NotFoundError':
    case 'OverconstrainedError':
      return refused(
        'There is no camera or microphone here',
        'Plug one in, or open this page on a device that has one.',
      )
    case 'NotReadableError':
    case 'AbortError':
      return refused(
        'Camera or microphone are in use',
        'Another program has them. Close it there (a call, another tab), then try again.',
      )
    default:
      return refused(
        'The camera could not be opened',
        `${error instanceof Error ? error.message : 'No reason was given'}.`,
      )
  }
}

/** Browsers give cameras to pages of this machine, or that come by TLS. */
export const insecureWords: Refused = refused(
  'This browser gives its camera to secure pages alone',
  'Open the page by https: start the run with --tls. On the machine that runs it, http://localhost will do.',
)

/** What makes JPEGs of its pictures did not load, or has died. */
export const encoderWords: Refused = refused(
  'This page can make no pictures of the camera',
  'Its worker for them did not load or has ended. Reload the page; where that does not help, try another browser.',
)

function refused(title: string, text: string): Refused {
  return { is: 'refused', title, text }
}
