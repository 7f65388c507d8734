import type { Observable } from 'rxjs'
import { mustRestart } from './no-restart.js'
import type { Packet } from './packet.js'
import type { AnySink, AnyStream, SinkInput, StageContext, StreamWish } from './stage.js'
import { type Sink, superviseSink } from './supervise-sink.js'
import { superviseStream } from './supervise-stream.js'

type Results = Readonly<Record<string, Observable<Packet<unknown>>>>

/** Opens a stream: once, or anew after each error, as its `how` says (S3). */
export function openStream(stage: AnyStream, options: unknown, context: StageContext, wish: StreamWish): Results {
  const open = (): Results => stage.open(options, context, wish)
  const { onError } = context.how
  if (typeof onError !== 'object') return open()
  return superviseStream(Object.keys(stage.results as object), open, onError.restart, context)
}

/**
 * How a sink takes its inputs: in one life, or in as many as its errors make of it.
 *
 * @throws SaccadeError `config` for one that cannot be built anew
 */
export function consumeSink(
  stage: AnySink,
  options: unknown,
  context: StageContext,
): (inputs: readonly SinkInput[]) => Sink {
  const { onError } = context.how
  if (typeof onError !== 'object') return stage.consume(options, context)
  mustRestart(stage)
  // For each life its factory is called again: that is what makes it anew.
  const consume = (inputs: readonly SinkInput[]): Sink => stage.consume(options, context)(inputs)
  return superviseSink(consume, Object.keys(stage.results as object), onError.restart, context)
}
