import { element, setText } from '../dom/element.js'
import { runOf } from '../logic/page-state.js'
import { filmOf } from '../logic/film.js'
import type { Scene, View, World } from './view.js'

/** Less is no film. */
const leastMs = 1000

/** Saves what was seen and heard in the last seconds as a film, made in this page, and shows how far it is. */
export function saveButton(world: World): View {
  const save = element('button', { class: 'button action', attributes: { type: 'button' } })
  const bar = element('progress', { attributes: { max: '1', 'aria-label': 'Making the film' } })
  const share = element('span', { class: 'mono save-share', attributes: { 'aria-hidden': 'true' } })
  const cancel = element('button', {
    class: 'button action',
    text: 'Cancel',
    attributes: { type: 'button', 'aria-label': 'Cancel saving' },
  })
  const working = element('div', { class: 'save-working', children: [bar, share, cancel] })
  const told = element('span', { class: 'unseen', attributes: { role: 'status' } })
  const root = element('div', { class: 'save', children: [save, working, told] })
  working.hidden = true

  let last: Scene | null = null
  let aborter: AbortController | null = null

  const show = (done: number): void => {
    bar.value = done
    setText(share, `${String(Math.floor(done * 100))} %`)
  }

  const make = async (scene: Scene): Promise<void> => {
    const film = filmOf(scene.live.recording.take())
    if (film === null || aborter !== null) return
    const mine = new AbortController()
    aborter = mine
    const focused = document.activeElement === save
    save.hidden = true
    working.hidden = false
    if (focused) cancel.focus()
    show(0)
    try {
      const { encodeFilm } = await import('../live/encode-film.js')
      const blob = await encodeFilm(film, show, mine.signal)
      download(
        blob,
        `${runOf(scene.page)?.name ?? 'saccade'}-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.mp4`,
      )
      setText(told, 'The film is saved')
    } catch (error) {
      if (mine.signal.aborted) setText(told, 'Saving was cancelled')
      else world.tell('The film could not be saved', error instanceof Error ? error.message : String(error))
    } finally {
      aborter = null
      const back = document.activeElement === cancel
      save.hidden = false
      working.hidden = true
      if (back) save.focus()
    }
  }
  save.addEventListener('click', () => {
    if (last !== null) void make(last)
  })
  cancel.addEventListener('click', () => aborter?.abort())

  return {
    element: root,
    update(scene) {
      last = scene
      const { recording } = scene.live
      root.hidden = scene.shape.pictures.length === 0
      const seconds = recording.isFull ? Math.floor(recording.lengthMs / 1000) : recording.spanMs / 1000
      const unseen = Math.round(recording.unseenMs / 1000)
      const missing = unseen === 0 ? '' : ` · ${String(unseen)} s missing`
      setText(save, `Save last ${String(seconds)} s${missing}`)
      save.disabled = recording.lengthMs < leastMs
      save.title = recording.isFull
        ? 'The pictures are large: no more of them is kept than 64 MB'
        : unseen > 0
          ? `For ${String(unseen)} s this page was hidden, and was sent no pictures`
          : 'An MP4 of what this page has shown, made in this page'
    },
  }
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = element('a', { attributes: { href: address, download: name } })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => {
    URL.revokeObjectURL(address)
  }, 60_000)
}
