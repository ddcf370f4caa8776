// GPU time by stage and kernel of whole proofs: while it is on, every recording that any runtime runs is timed, and its
// time is booked under the stage that was current when it was handed in.
import { GpuRuntime } from '../prover/gpu/runtime.ts';

export interface SpanRecorder {
  stage: string;
  readonly stages: ReadonlyMap<string, ReadonlyMap<string, number>>;
  stop(): void;
}

export function recordSpans(): SpanRecorder {
  const stages = new Map<string, Map<string, number>>();
  const original = GpuRuntime.prototype.run;
  const recorder = {
    stage: 'start',
    stages,
    stop: (): void => {
      GpuRuntime.prototype.run = original;
    },
  };
  GpuRuntime.prototype.run = function run(recording, options = {}) {
    const spans = stages.get(recorder.stage) ?? new Map<string, number>();
    stages.set(recorder.stage, spans);
    return original.call(this, recording, { ...options, spans });
  };
  return recorder;
}
