import { element } from '../dom/element.js'
import type { Chosen } from './open-devices.js'

const kinds = [
  { kind: 'videoinput', key: 'camera', label: 'Camera' },
  { kind: 'audioinput', key: 'microphone', label: 'Microphone' },
] as const

/** Which camera and microphone, where there are several; their names are known once they are allowed. */
export function devicePicker(choose: (chosen: Chosen) => void): {
  readonly element: HTMLElement
  readonly update: (stream: MediaStream | null, chosen: Chosen) => void
} {
  const root = element('div', { class: 'camera-devices' })
  let shownFor: MediaStream | null = null
  const fill = async (stream: MediaStream, chosen: Chosen): Promise<void> => {
    const devices = await navigator.mediaDevices.enumerateDevices()
    if (shownFor !== stream) return
    const used = stream.getTracks().map((track) => track.getSettings().deviceId)
    const selects = kinds.flatMap(({ kind, key, label }) => {
      const those = devices.filter((device) => device.kind === kind && device.deviceId !== '')
      if (those.length < 2 || !stream.getTracks().some((track) => `${track.kind}input` === kind)) return []
      const options = those.map((device, index) => {
        const named = device.label === '' ? `${label} ${String(index + 1)}` : device.label
        const option = element('option', { text: named, attributes: { value: device.deviceId } })
        option.selected = used.includes(device.deviceId)
        return option
      })
      const select = element('select', {
        class: 'camera-device',
        attributes: { 'aria-label': label },
        children: options,
      })
      select.addEventListener('change', () => {
        choose({ ...chosen, [key]: select.value })
      })
      return [select]
    })
    root.replaceChildren(...selects)
  }
  return {
    element: root,
    update(stream, chosen) {
      if (stream === shownFor) return
      shownFor = stream
      root.replaceChildren()
      // Without names there is nothing to choose by.
      if (stream !== null) void fill(stream, chosen).catch(() => undefined)
    },
  }
}
