import { stat } from 'node:fs/promises'
import { SaccadeError } from '../core/errors.js'
import type { BrowserAddress, MediaAddress } from '../core/media-source.js'

/** What is wrong with an address before it is opened: its form, or a file that is not there. Null where nothing is seen. */
export async function checkSource(
  read: () => MediaAddress | BrowserAddress,
): Promise<{ text: string; remedy: string } | null> {
  let address: MediaAddress | BrowserAddress
  try {
    address = read()
  } catch (error) {
    if (error instanceof SaccadeError) return { text: error.message, remedy: error.remedy }
    throw error
  }
  if (address.kind !== 'file') return null
  const { path } = address
  try {
    const facts = await stat(path)
    if (facts.isDirectory()) return { text: `${path} is a folder`, remedy: 'name a file in it' }
    if (facts.size === 0) return { text: `${path} is empty`, remedy: 'name a file with picture or sound in it' }
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EACCES') return { text: `${path} may not be read`, remedy: 'give yourself the right to read it' }
    return {
      text: `there is no file ${path}`,
      remedy: 'check the path; relative paths start where you stand, demo:demo.mp4 is carried along',
    }
  }
}
