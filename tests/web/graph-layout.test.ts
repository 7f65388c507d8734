import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GraphJson } from '../../src/core/wire.js'
import { graphLayout } from '../../web/src/logic/graph-layout.js'
import { spread } from '../../web/src/logic/spread.js'
import { graph } from './page-fixtures.js'

const nodeOf = (laid: ReturnType<typeof graphLayout>, name: string) => {
  const node = laid.nodes.find((one) => one.name === name)
  if (node === undefined) throw new Error(`${name} is not laid out`)
  return node
}

describe('the pipeline of follow-face', () => {
  const laid = graphLayout(graph, 1340)

  test('streams are left, sinks right, operators between in their order', () => {
    expect(laid.nodes.map(({ name, column }) => [name, column])).toEqual([
      ['room', 0],
      ['faces', 1],
      ['speech', 1],
      ['gaze', 2],
      ['head', 3],
      ['live', 3],
    ])
  })

  test('it fills the width, and no wider', () => {
    expect(laid.width).toBeCloseTo(1340)
    expect(Math.max(...laid.nodes.map(({ x, width }) => x + width))).toBeLessThanOrEqual(laid.width + 0.01)
  })

  test('edges between the same two nodes are one line', () => {
    const line = laid.edges.find(({ key }) => key === 'room>live')
    expect(line?.members).toEqual([4, 5])
  })

  test('a sink that feeds the sink under it gets a line straight down', () => {
    const line = laid.edges.find(({ key }) => key === 'head>live')
    expect(line).toMatchObject({ kind: 'beside' })
    expect(line?.path).toMatch(/^M[\d.]+ [\d.]+V[\d.]+$/)
  })

  test('in too little room it grows wider than asked for, so that its place scrolls', () => {
    expect(graphLayout(graph, 500).width).toBeGreaterThan(900)
  })
})

test('what a sink measures is sampled over the top, and moves no column', () => {
  const onHead: GraphJson = { ...graph, edges: [...graph.edges, { from: 'head.measured', to: 'gaze' }] }
  const laid = graphLayout(onHead, 1340)
  expect(laid.edges.find(({ key }) => key === 'head>gaze')?.kind).toBe('sampled')
  expect(laid.nodes.map(({ column }) => column)).toEqual(graphLayout(graph, 1340).nodes.map(({ column }) => column))
  expect(Math.min(...laid.nodes.map(({ y }) => y))).toBeGreaterThanOrEqual(28)
})

const graphs: fc.Arbitrary<GraphJson> = fc
  .record({
    operators: fc.integer({ min: 0, max: 7 }),
    sinks: fc.integer({ min: 1, max: 4 }),
    picks: fc.array(fc.nat(), { maxLength: 24 }),
  })
  .map(({ operators, sinks, picks }) => {
    const names = [
      's',
      ...Array.from({ length: operators }, (_, i) => `o${String(i)}`),
      ...Array.from({ length: sinks }, (_, i) => `k${String(i)}`),
    ]
    const nodes = names.map((name, i) => ({
      name,
      kind: i === 0 ? ('stream' as const) : i <= operators ? ('operator' as const) : ('sink' as const),
      stages: [name],
    }))
    const edges = picks.map((pick) => {
      const to = 1 + (pick % (names.length - 1))
      const from = Math.floor(pick / names.length) % Math.min(to, operators + 1)
      return { from: names[from] ?? 's', to: names[to] ?? 'k0' }
    })
    return { nodes, edges }
  })

test('no two nodes overlap, every node is placed, and lines run to the right', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 300, max: 2000 }), (any, width) => {
      const laid = graphLayout(any, width)
      expect(laid.nodes.map(({ name }) => name).sort()).toEqual(any.nodes.map(({ name }) => name).sort())
      for (const a of laid.nodes) {
        expect(a.y).toBeGreaterThanOrEqual(-0.01)
        expect(a.y + a.height).toBeLessThanOrEqual(laid.height + 0.01)
        for (const b of laid.nodes) {
          if (a === b || a.column !== b.column) continue
          expect(a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true)
        }
      }
      for (const { from, to, kind, path } of laid.edges) {
        if (kind === 'forward') expect(nodeOf(laid, from).column).toBeLessThan(nodeOf(laid, to).column)
        expect(path).not.toContain('NaN')
      }
      expect(graphLayout(any, width)).toEqual(laid)
    }),
  )
})

test('a cycle that no plan lets pass cannot hang the page', () => {
  const laid = graphLayout(
    {
      nodes: [
        { name: 'a', kind: 'operator', stages: [] },
        { name: 'b', kind: 'operator', stages: [] },
      ],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'a' },
        { from: 'nowhere', to: 'a' },
      ],
    },
    800,
  )
  expect(laid.nodes).toHaveLength(2)
})

test('spread keeps order and distances, and moves nothing that has room', () => {
  expect(spread([0, 100, 200], [50, 50])).toEqual([0, 100, 200])
  expect(spread([10, 10], [20])).toEqual([0, 20])
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 80 }),
      (wanted, apart) => {
        const placed = spread(wanted, Array<number>(wanted.length - 1).fill(apart))
        placed.slice(1).forEach((y, i) => {
          expect(y - (placed[i] ?? 0)).toBeGreaterThanOrEqual(apart - 1e-6)
        })
      },
    ),
  )
})
