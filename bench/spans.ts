// GPU time by stage and kernel of whole proofs: while it is on, every recording that any runtime runs is timed, and its
// time is booked under the stage that it is of or, where it is of none, that was current when it was handed in.
import { GpuRuntime } from '../prover/gpu/runtime.ts';

export interface SpanRecorder {
  stage: string;
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, number>>;
  stop(): void;
}

export function recordSpans(): SpanRecorder {
  const stages = new Map<string, Map<string, number>>();
  const original = GpuRuntime.prototype.start;
  const recorder = {
    stage: 'start',
    stages,
    stop: (): void => {
      GpuRuntime.prototype.start = original;
    },
  };
  GpuRuntime.prototype.start = function start(recording, options = {}) {
    // What is given is committed before the trace, and counts as part of it.
    const stage = options.stage === 'open' ? 'trace' : (options.stage ?? recorder.stage);
    const spans = stages.get(stage) ?? new Map<string, number>();
    stages.set(stage, spans);
    return original.call(this, recording, { ...options, spans });
  };
  return recorder;
}
