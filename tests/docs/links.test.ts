import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Document, documents, root } from './documents.js'

/** Places of the project that a document may name. */
const places = 'src|web|tests|bench|examples|pipelines|media|models|scripts|docs'
const named = new RegExp(`(?<![\\w./@$:-])(?:${places})/[\\w./*-]*[\\w/]`, 'g')

/** Every path of the project that the prose names, and that shell blocks use; NAME stands for what a reader chooses. */
function pathsIn({ prose, blocks }: Document): readonly string[] {
  const shell = blocks.filter(({ language }) => language === 'sh' || language === '').map(({ text }) => text)
  const found = [prose, ...shell].flatMap((text) => text.match(named) ?? [])
  return [...new Set(found)].filter((path) => !path.includes('NAME') && !path.includes('*'))
}

/** Every target of a link or picture that is not on the network. */
function targetsIn({ prose }: Document): readonly string[] {
  const markdown = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
  const html = [...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)]
  return [...markdown, ...html].map((match) => match[1] ?? '').filter((target) => !/^[a-z]+:/.test(target))
}

/** Headings as links name them. */
function anchorsIn(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  )
}

describe.each(documents)('$path', (document) => {
  // What the decoder or a model calls a file inside its own package is no path of ours.
  test('names only paths that are there', () => {
    expect(pathsIn(document).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('has only links that lead somewhere', () => {
    const broken = targetsIn(document).filter((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? document.path : posix.join(dirname(document.path), path)
      if (!existsSync(join(root, file))) return true
      return anchor !== undefined && !anchorsIn(readFileSync(join(root, file), 'utf8')).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  test('speaks of the project alone', () => {
    expect(document.text).not.toMatch(/\.\.\/shared|\/work\/|registry\.npm|localhost:\d/)
  })
})

test('the paths and links are really found', () => {
  const readme = documents.find(({ path }) => path === 'README.md')
  const architecture = documents.find(({ path }) => path === 'docs/architecture.md')
  expect(readme === undefined ? [] : targetsIn(readme)).toContain('docs/pictures/page-dark.png')
  expect(readme === undefined ? [] : pathsIn(readme)).toContain('pipelines/listen.yaml')
  expect(architecture === undefined ? [] : pathsIn(architecture)).toContain('src/core/gate.ts')
})
