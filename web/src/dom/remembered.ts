/** What this browser was told to keep; null where there is nothing, or where it keeps nothing. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`saccade.${name}`)
  } catch {
    return null
  }
}

/** Keeps a text in this browser, where it may; else it holds until the page is left. */
export function remember(name: string, text: string): void {
  try {
    localStorage.setItem(`saccade.${name}`, text)
  } catch {
    // The visitor wants nothing kept, or there is no room.
  }
}
