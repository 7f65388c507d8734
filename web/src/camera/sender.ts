import type { CameraWant } from '../../../src/core/camera-wire.js'
import { SeqRate } from '../live/seq-rate.js'
import { browserLabel } from './browser-label.js'
import { type CameraLink, cameraLink } from './camera-link.js'
import { captureSound, type CapturedChunk } from './capture-sound.js'
import { captureVideo, type CapturedPicture } from './capture-video.js'
import { type Chosen, openDevices } from './open-devices.js'
import { encoderWords, insecureWords, refusalWords } from './refusal-words.js'
import type { SenderState } from './sender-state.js'
import { SendWindow } from './send-window.js'

const idKey = 'saccade-camera'
const onKey = 'saccade-camera-on'

/**
 * This page's camera and microphone, given to the run: asked for, captured, sent as far as it is taken. The connection comes
 * back by itself; so does all of it after a reload.
 */
export class Sender {
  /** Shows what is taken; pictures are captured off it. */
  readonly video: HTMLVideoElement
  readonly #window = new SendWindow()
  readonly #rate = new SeqRate(1000)
  #state: SenderState = { is: 'off' }
  #stream: MediaStream | null = null
  #link: CameraLink | null = null
  #want: CameraWant | null = null
  #chosen: Chosen = { camera: null, microphone: null }
  #stopVideo: (() => void) | null = null
  #stopSound: (() => void) | null = null
  #encoding = false
  /** Each capture counts from 0: the numbers go on from here. */
  #base = { video: 0, audio: 0 }
  #last = { video: -1, audio: -1 }
  #sent = 0
  /** Another one with each start and stop: what was begun before is not gone on with. */
  #turn = 0

  constructor(video: HTMLVideoElement) {
    this.video = video
    video.muted = true
    video.playsInline = true
  }

  get state(): SenderState {
    if (this.#state.is !== 'sending') return this.#state
    return {
      is: 'sending',
      figures: {
        perSecond: Math.round(this.#rate.perSecond ?? 0),
        onTheWay: this.#window.onTheWay,
        picture: this.#stopVideo !== null,
        sound: this.#stopSound !== null,
        hidden: document.hidden,
      },
    }
  }

  get chosen(): Chosen {
    return this.#chosen
  }

  get stream(): MediaStream | null {
    return this.#stream
  }

  /** Whether it was sending when the page was left. */
  static get wasOn(): boolean {
    return sessionStorage.getItem(onKey) !== null
  }

  /** Asks for camera and microphone, and gives them to the run. */
  async start(wants: { readonly video: boolean; readonly audio: boolean }, chosen = this.#chosen): Promise<void> {
    this.stop()
    const turn = ++this.#turn
    this.#chosen = chosen
    // Absent in pages that are not secure, whatever the types say.
    if ((navigator.mediaDevices as MediaDevices | undefined) === undefined) {
      this.#state = insecureWords
      return
    }
    this.#state = { is: 'asking' }
    try {
      const stream = await openDevices(wants, chosen)
      if (turn !== this.#turn) end(stream)
      else this.#opened(stream)
    } catch (error) {
      if (turn === this.#turn) this.#state = refusalWords(error)
    }
  }

  stop(): void {
    this.#turn++
    sessionStorage.removeItem(onKey)
    this.#end({ is: 'off' })
  }

  #opened(stream: MediaStream): void {
    this.#stream = stream
    const [video] = stream.getVideoTracks()
    const [audio] = stream.getAudioTracks()
    for (const track of stream.getTracks()) {
      track.onended = () => {
        this.stop()
        this.#state = refusalWords(Object.assign(new Error(), { name: 'NotFoundError' }))
      }
    }
    this.video.srcObject = video === undefined ? null : new MediaStream([video])
    void this.video.play().catch(() => undefined)
    sessionStorage.setItem(onKey, '')
    this.#state = { is: 'connecting', reason: '' }
    const label = browserLabel(navigator.userAgent)
    this.#link = cameraLink(
      { id: ownId(), label, video: video !== undefined, audio: audio !== undefined },
      {
        onWant: (want) => {
          this.#wanted(want)
        },
        onAck: (seq) => {
          this.#window.acked(seq)
        },
        onTaken: (by) => {
          this.#turn++
          sessionStorage.removeItem(onKey)
          this.#end({ is: 'taken', by })
        },
        onLost: (reason) => {
          this.#pause()
          this.#state = { is: 'connecting', reason }
        },
      },
    )
  }

  #wanted(want: CameraWant): void {
    this.#pause()
    this.#want = want
    this.#window.clear(want.mostUnacked)
    if (want.video === null && want.audio === null) {
      this.#state = { is: 'connecting', reason: 'The run takes nothing just now' }
      return
    }
    this.#state = { is: 'sending', figures: { perSecond: 0, onTheWay: 0, picture: false, sound: false, hidden: false } }
    const stream = this.#stream
    if (stream === null) return
    if (want.video !== null && stream.getVideoTracks().length > 0) {
      this.#base.video = this.#last.video + 1
      this.#stopVideo = captureVideo(
        this.video,
        (picture) => {
          this.#picture(picture)
        },
        () => {
          this.stop()
          this.#state = encoderWords
        },
      )
    }
    if (want.audio !== null && stream.getAudioTracks().length > 0) void this.#hear(stream, want.audio)
  }

  async #hear(stream: MediaStream, wish: NonNullable<CameraWant['audio']>): Promise<void> {
    const want = this.#want
    this.#base.audio = this.#last.audio + 1
    // Without sound the picture still serves.
    const stop = await captureSound(stream, wish, (chunk) => {
      this.#chunk(chunk, wish.sampleRateHz)
    }).catch(() => null)
    if (this.#want === want) this.#stopSound = stop
    else stop?.()
  }

  #picture(picture: CapturedPicture): void {
    const fitPx = this.#want?.video?.fitPx
    const seq = this.#base.video + picture.seq
    this.#last.video = seq
    const link = this.#link
    if (fitPx === undefined || link === null || this.#encoding || !this.#window.open) return
    const want = this.#want
    this.#encoding = true
    void picture
      .encode(fitPx)
      .then((jpeg) => {
        if (jpeg === null || want !== this.#want) return
        const { stamp, capturedAtMs, sourcePx } = picture
        const [sourceWidthPx, sourceHeightPx] = sourcePx
        this.#window.sent(seq)
        this.#rate.add(++this.#sent, performance.now())
        link.send({ kind: 'video', stamp, seq, capturedAtMs, sourceWidthPx, sourceHeightPx }, jpeg)
      })
      // One that cannot be encoded is left out, as its number tells.
      .catch(() => undefined)
      .finally(() => {
        this.#encoding = false
      })
  }

  #chunk({ seq, capturedAtMs, pcm }: CapturedChunk, sampleRateHz: number): void {
    const number = this.#base.audio + seq
    this.#last.audio = number
    if (this.#link?.clear() !== true) return
    const header = { kind: 'audio', stamp: 'captured', seq: number, capturedAtMs } as const
    this.#link.send({ ...header, sourceWidthPx: sampleRateHz, sourceHeightPx: 1 }, pcm)
  }

  /** Captures no more; camera, microphone and connection stay. */
  #pause(): void {
    this.#want = null
    this.#stopVideo?.()
    this.#stopSound?.()
    this.#stopVideo = this.#stopSound = null
    this.#window.clear(0)
    this.#rate.clear()
  }

  #end(state: SenderState): void {
    this.#pause()
    this.#link?.close()
    this.#link = null
    if (this.#stream !== null) end(this.#stream)
    this.#stream = null
    this.video.srcObject = null
    this.#state = state
  }
}

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = null
    track.stop()
  }
}

/** Who this page is, kept over a reload. */
function ownId(): string {
  const id = sessionStorage.getItem(idKey) ?? crypto.randomUUID()
  sessionStorage.setItem(idKey, id)
  return id
}
