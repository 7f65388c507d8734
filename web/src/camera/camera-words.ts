import type { CameraState } from '../../../src/core/wire.js'
import type { SenderState, SendingFigures } from './sender-state.js'

/** What the panel says and offers. */
export type CameraWords = {
  readonly tone: 'calm' | 'good' | 'near' | 'stop'
  readonly title: string
  readonly text: string
  /** The button, and what it does. */
  readonly action: { readonly label: string; readonly does: 'use' | 'stop' } | null
  /** It stands where the picture would be: there is none without it. */
  readonly inPlace: boolean
}

/** Null where no stream of the run takes a browser's camera, and this page gives none. */
export function cameraWords(sender: SenderState, camera: CameraState | null, mayGive: boolean): CameraWords | null {
  const what = whatOf(camera)
  const use = { label: `Use this ${what}`, does: 'use' } as const
  const stop = { label: 'Stop', does: 'stop' } as const
  switch (sender.is) {
    case 'off':
      if (camera === null) return null
      if (camera.from !== null) {
        const text = `${camera.stream} takes one browser at a time. What it sees is shown here.`
        return { tone: 'calm', title: `${camera.from} gives its ${what}`, text, action: null, inPlace: false }
      }
      if (!mayGive) {
        const text = 'You may look here, not give any: open the page with the token that may control the run.'
        return { tone: 'calm', title: `${camera.stream} waits for a ${what}`, text, action: null, inPlace: true }
      }
      return {
        tone: 'calm',
        title: `${camera.stream} waits for a ${what}`,
        text: 'Those of this device will do. Picture and sound go to this run, and nowhere else.',
        action: use,
        inPlace: true,
      }
    case 'asking':
      return {
        tone: 'calm',
        title: `Allow the ${what}`,
        text: 'Your browser asks, most often at the top of its window.',
        action: { label: 'Leave it', does: 'stop' },
        inPlace: true,
      }
    case 'connecting': {
      const text = sender.reason === '' ? 'In a moment it is sent.' : `${sender.reason}. It goes on by itself.`
      return { tone: 'near', title: 'Waiting for the run to take it', text, action: stop, inPlace: false }
    }
    case 'sending':
      return {
        tone: sender.figures.hidden && sender.figures.picture ? 'near' : 'good',
        title: `Sending ${sentWhat(sender.figures)}`,
        text: figures(sender.figures, camera),
        action: stop,
        inPlace: false,
      }
    case 'taken':
      return {
        tone: 'near',
        title: 'The place is taken',
        text: `${sender.by} gives its camera already, and a run takes one browser. Stop it there, then try again.`,
        action: { label: 'Try again', does: 'use' },
        inPlace: camera?.from === null,
      }
    case 'refused': {
      const { title, text } = sender
      return { tone: 'stop', title, text, action: { label: 'Try again', does: 'use' }, inPlace: camera?.from === null }
    }
  }
}

function whatOf(camera: CameraState | null): string {
  if (camera === null || camera.video === camera.audio) return 'camera and microphone'
  return camera.video ? 'camera' : 'microphone'
}

function sentWhat({ picture, sound }: SendingFigures): string {
  if (picture && sound) return 'picture and sound'
  return picture ? 'the picture' : sound ? 'the sound' : 'nothing yet'
}

/** `30 fps · clock ± 0.8 ms · 2 on the way`. */
function figures({ picture, perSecond, onTheWay, hidden }: SendingFigures, camera: CameraState | null): string {
  const uncertaintyMs = camera?.uncertaintyMs ?? null
  const said = [
    ...(picture && hidden ? ['this tab is hidden, so its browser gives no pictures: bring it to the front'] : []),
    ...(picture && !hidden ? [`${String(perSecond)} fps`] : []),
    ...(uncertaintyMs === null ? [] : [`clock ± ${uncertaintyMs.toFixed(1)} ms`]),
    ...(picture ? [`${String(onTheWay)} on the way`] : []),
  ]
  return said.join(' · ')
}
