import type { Observable, ObservableInput, OperatorFunction } from 'rxjs'
import type { z } from 'zod'
import type { Adapters } from './adapters.js'
import type { Changing } from './changing.js'
import type { EdgeOptions } from './edge.js'
import type { PixelFormat } from './frame.js'
import type { Meter } from './meter.js'
import type { Packet, PacketFacts } from './packet.js'
import type { Runtime } from './runtime.js'
import type { ChannelKind } from './wire.js'

/** What a stage takes or gives: a token with a name, by which ports match (C2). */
export type Port<T> = {
  readonly name: string
  /** One line for people: what a value is. */
  readonly about: string
  /** What it is to who looks at it over a socket. */
  readonly kind: ChannelKind
  /** What each field of a joined value carries. */
  readonly fields?: Readonly<Record<string, Port<unknown>>>
  /** Only for the type; never read. */
  readonly value?: T
}

/** Makes a port token. */
export function definePort<T>(name: string, about: string, kind: ChannelKind = 'data'): Port<T> {
  return { name, about, kind }
}

/** A stage that takes any value and gives the same. */
export const anyPort = definePort<unknown>('any', 'any packet, passed on as it is')

/** What a stage can read of a picture; the plan settles one offer for all readers of a stream (S7). */
export type PictureOffer = {
  readonly formats: readonly PixelFormat[]
  readonly fitPx: readonly [number, number] | null
}
export type SoundOffer = { readonly sampleRateHz: number }

/** What the plan settled for a stream. */
export type StreamWish = {
  readonly picture: PictureOffer | null
  readonly sound: SoundOffer | null
  /** The stages behind each result, directly or not: a live result begins when these are open. Without it, when all are. */
  readonly behind: Readonly<Record<string, readonly string[]>>
}

/** Built anew after an error (S3): after `afterMs`, doubled each time up to `upToMs`, at most `most` times within `withinMs`. */
export type Restart = {
  readonly afterMs: number
  readonly upToMs: number
  readonly most: number
  readonly withinMs: number
}

/** How the engine is to treat a stage (engine words beside the stage's own options). */
export type How = {
  readonly onError?: 'fail' | 'skip' | { readonly restart: Restart }
  /** Asynchronous stages: an item that takes longer is given up, as an error. */
  readonly timeoutMs?: number
  /** Asynchronous stages: how many items may be under way at once; 1 unless told. */
  readonly concurrency?: number
  /** Asynchronous stages: in which order results leave (S2); that of the input unless told. */
  readonly order?: 'input' | 'completion' | 'latest'
  /** Actuators: without a fresh command for so long it holds, then parks (A4). */
  readonly watchdog?: { readonly holdMs: number; readonly parkMs: number }
}

/** What a stage finds around it, captured when it is constructed. */
export type StageContext = {
  readonly runtime: Runtime
  /** The stage's name in meters and errors: `faces/detect-faces`. */
  readonly name: string
  readonly meter: Meter
  readonly how: How
  /** What it gives reaches something that moves: its runs go before those of stages that only show. */
  readonly urgent?: boolean
  /** Where some of its options may be changed while it runs. */
  readonly changing?: Changing
}

export type Options = z.ZodType<object>

/** What is wrong with one option, and how to mend it. */
export type OptionProblem = { readonly option: string; readonly text: string; readonly remedy: string }

type StageFacts<O extends Options> = {
  /** Kebab case: the key in a pipeline file, and the file's name. */
  readonly name: string
  /** One sentence. */
  readonly summary: string
  readonly options: O
  /** The option that a scalar stands for. */
  readonly main?: keyof z.output<O> & string
  /** Options that work, as they are written in a file; laws, docs and error hints use them. */
  readonly example: z.input<O>
  /**
   * Options that may be changed while it runs: those that change nothing of the plan (ports, wishes, edges, timing of others).
   * The stage is made anew then, as after an error (S3); a sink that cannot be reads them at each use (`optionsNow`).
   */
  readonly changeable?: readonly (keyof z.output<O> & string)[]
  /** What can be known to be wrong before anything starts (C1), beyond the options themselves: a file that is not there. */
  readonly check?: (options: z.output<O>, adapters: Adapters) => Promise<OptionProblem | null>
  /** What a run has once and this stage takes with these options, as people write it; null for nothing of the kind. */
  readonly takesPlace?: (options: z.output<O>) => string | null
  /** What it can read of pictures or sound, where its input is one. */
  readonly reads?: (
    options: z.output<O>,
    adapters: Adapters,
  ) => { readonly picture?: PictureOffer; readonly sound?: SoundOffer }
}

/** Synchronous, one for one; the closure is the state; fusible. Called once for each origin. */
export type EachForm<O extends Options, In, Out> = {
  readonly each: (options: z.output<O>, context: StageContext) => (value: In, about: PacketFacts) => Out
}

/** Asynchronous, one for one. `open` runs when the pipe is subscribed to (a model loads), `close` when it ends. */
export type WorkForm<O extends Options, In, Out> = {
  readonly work: (
    options: z.output<O>,
    context: StageContext,
  ) => ((value: In, about: { readonly signal: AbortSignal; readonly packet: Packet<In> }) => ObservableInput<Out>) & {
    readonly open?: () => Promise<void>
    readonly close?: () => Promise<void>
  }
  /** Each result rests on the one before: never two under way. */
  readonly inSequence?: boolean
  /** It runs a model in a worker. */
  readonly infers?: boolean
}

/** Drops, makes, joins: the only form that touches packets. */
export type PacketsForm<O extends Options, In, Out> = {
  readonly packets: (options: z.output<O>, context: StageContext) => OperatorFunction<Packet<In>, Packet<Out>>
  /** It counts what comes in and goes out itself, as an edge does. */
  readonly metersItself?: boolean
  /** It keeps packets and gives them later, so that no default edge moves upstream past it: a busy stage behind a window makes no holes in it. */
  readonly keeps?: boolean
}

/** Several inputs by name: `join` alone has this form, and stands first in an entry whose `from` is a map. */
export type JoinsForm<O extends Options, Out> = {
  readonly joins: (
    options: z.output<O>,
    context: StageContext,
  ) => (inputs: Readonly<Record<string, Observable<Packet<unknown>>>>) => Observable<Packet<Out>>
}

export type OperatorDefinition<O extends Options, In, Out> = StageFacts<O> & {
  readonly kind: 'operator'
  readonly input: Port<In>
  readonly output: Port<Out>
  /** It can be told where to look in a picture: `runtime.controls.placeFor`. */
  readonly looks?: boolean
  /** Where what it takes hangs on its options: whether it takes a port that comes to it, and if not, what it wants. */
  readonly refuses?: (
    options: z.output<O>,
    incoming: Port<unknown>,
  ) => { readonly wanted: string; readonly remedy: string } | null
} & (EachForm<O, In, Out> | WorkForm<O, In, Out> | PacketsForm<O, In, Out> | JoinsForm<O, Out>)

/** What a stream opens: an Observable for each of its results. */
export type StreamDefinition<
  O extends Options,
  Results extends Readonly<Record<string, Port<unknown>>>,
> = StageFacts<O> & {
  readonly kind: 'stream'
  readonly results: Results
  /** The result that the bare name stands for. */
  readonly mainResult: keyof Results & string
  /** It counts what it gives itself, and drops what goes back in time (T3). */
  readonly metersItself?: boolean
  /** Whether packets can wait: `pace: fast` makes a file recorded. */
  readonly live: (options: z.output<O>) => boolean
  readonly open: (
    options: z.output<O>,
    context: StageContext,
    wish: StreamWish,
  ) => { readonly [Result in keyof Results]: Observable<Packet<ValueOf<Results[Result]>>> }
}

/** One input of a sink: its name in the file and what it carries. */
export type SinkInput<T = unknown> = {
  readonly name: string
  readonly port: Port<T>
  readonly packets$: Observable<Packet<T>>
}

export type SinkDefinition<
  O extends Options,
  In,
  Results extends Readonly<Record<string, Port<unknown>>>,
> = StageFacts<O> & {
  readonly kind: 'sink'
  readonly input: Port<In>
  /** `channels` takes several names, one channel each; `actuator` has one writer. */
  readonly takes: 'one' | 'channels'
  readonly actuator: boolean
  /** What waits in the sink itself, for a channel of this port: `STEP/CHANNEL/queue` counts it. */
  readonly edgeOf?: (port: Port<unknown>) => EdgeOptions | null
  readonly results: Results
  /** Null where it measures nothing. */
  readonly mainResult: (keyof Results & string) | null
  /** Why it cannot be built anew in the middle of a run (S3), where it cannot; an actuator never can. */
  readonly noRestart?: string
  readonly consume: (
    options: z.output<O>,
    context: StageContext,
  ) => (inputs: readonly SinkInput<In>[]) => {
    /** Runs the sink while subscribed to; completes when it has come to its safe state. */
    readonly done$: Observable<never>
    readonly results: { readonly [Result in keyof Results]: Observable<Packet<ValueOf<Results[Result]>>> }
  }
}

export type ValueOf<P> = P extends Port<infer T> ? T : never

/* eslint-disable @typescript-eslint/no-explicit-any -- the registry holds stages of every type; each is checked where it is defined */
export type AnyOperator = OperatorDefinition<any, any, any>
export type AnyStream = StreamDefinition<any, any>
export type AnySink = SinkDefinition<any, any, any>
/* eslint-enable @typescript-eslint/no-explicit-any */
export type AnyStage = AnyOperator | AnyStream | AnySink
