export type Chosen = { readonly camera: string | null; readonly microphone: string | null }

/** What a microphone's own tricks would do to sound that a model hears. */
const asItIs = { autoGainControl: true, echoCancellation: true, noiseSuppression: false }

/**
 * Asks for camera and microphone; where there is only one of them, that one.
 *
 * @throws DOMException as `getUserMedia` does
 */
export async function openDevices(
  wants: { readonly video: boolean; readonly audio: boolean },
  chosen: Chosen,
): Promise<MediaStream> {
  const video = wants.video && {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(chosen.camera === null ? { facingMode: 'user' } : { deviceId: { exact: chosen.camera } }),
  }
  const audio = wants.audio && {
    ...asItIs,
    ...(chosen.microphone === null ? {} : { deviceId: { exact: chosen.microphone } }),
  }
  const open = (constraints: MediaStreamConstraints): Promise<MediaStream> =>
    navigator.mediaDevices.getUserMedia(constraints)
  try {
    return await open({ video, audio })
  } catch (error) {
    const alone = wants.video && wants.audio && error instanceof Error && error.name === 'NotFoundError'
    if (!alone) throw error
    return open({ video }).catch(() => open({ audio }))
  }
}
