import { Observable } from 'rxjs'
import { soundCodecs } from '../audio/sound-codecs.js'
import type { Packet } from '../core/packet.js'
import type { Sound } from '../core/ports.js'
import type { SoundCodec, SoundEncoder } from '../core/sound-encoder.js'
import type { StageContext } from '../core/stage.js'
import type { Codec } from '../core/wire.js'

/** Sound to those who listen, written once in each codec that one of them wants. Completes with its input. */
export function showSound(context: StageContext, name: string, packets$: Observable<Packet<Sound>>): Observable<never> {
  const { meter, runtime } = context
  const { adapters, clock, hub } = runtime
  const codecs = soundCodecs(adapters)
  const channel = hub.channel(
    name,
    'audio',
    codecs.map(({ codec }) => codec),
  )
  return new Observable((downstream) => {
    // Compiling it takes 10 ms of the event loop: now, and not when somebody first listens while a robot moves.
    adapters.opusEncoders?.().catch(() => undefined)
    /** Null while it is being loaded, or where it could not be. */
    const encoders = new Map<Codec, SoundEncoder | null>()

    const letGo = (codec: Codec): void => {
      encoders.get(codec)?.close?.()
      encoders.delete(codec)
    }
    const open = ({ codec, open }: SoundCodec): void => {
      encoders.set(codec, null)
      const failed = (error: unknown): void => {
        const why = error instanceof Error ? error.message : String(error)
        runtime.tellOnce('warning', `${context.name} cannot send sound as ${codec}: ${why}`)
      }
      try {
        const opened = open()
        if (!('then' in opened)) encoders.set(codec, opened)
        else
          opened.then((encoder) => {
            // Nobody wants it any more, or all is over.
            if (downstream.closed || encoders.get(codec) !== null) encoder.close?.()
            else encoders.set(codec, encoder)
          }, failed)
      } catch (error) {
        failed(error)
      }
    }

    downstream.add(() => {
      for (const codec of [...encoders.keys()]) letGo(codec)
    })
    downstream.add(
      packets$.subscribe({
        next: (packet) => {
          const wanted = channel.wanted()
          for (const codec of encoders.keys()) if (!wanted.has(codec)) letGo(codec)
          if (wanted.size === 0) return
          meter.took()
          for (const known of codecs) {
            if (!wanted.has(known.codec)) continue
            if (!encoders.has(known.codec)) open(known)
            for (const { header, payload } of encoders.get(known.codec)?.encode(packet) ?? [])
              channel.sound(header, payload)
          }
          const nowMs = clock.nowMs()
          meter.gave(0, nowMs - packet.capturedAtMs, nowMs)
        },
        error: (error: unknown) => {
          downstream.error(error)
        },
        complete: () => {
          downstream.complete()
        },
      }),
    )
  })
}
