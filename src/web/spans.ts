// From the prover's events to spans of time: one lane for the run, and as many more as segments are under way at once.
import type { ProveEvent } from '../host/proving.ts';
import { PROOF_STAGES, type StageName, stageInfo } from './stages.ts';

export interface Span {
  readonly stage: StageName;
  readonly segment: number | null;
  readonly lane: number;
  /** Milliseconds since the run began. */
  readonly from: number;
  /** Null while it lasts. */
  to: number | null;
}

export interface SpanLog {
  readonly spans: readonly Span[];
  readonly lanes: number;
  readonly segments: number;
  readonly segmentsDone: number;
  /** RISC-V instructions, once they are known. */
  readonly cycles: number | null;
  /** 0 to 1; an estimate within a segment. */
  progress(): number;
  /** Milliseconds by stage, summed over segments. */
  totals(now: number): ReadonlyMap<StageName, number>;
  event(at: number, event: ProveEvent): void;
  /** Ends what is under way. */
  finish(at: number): void;
}

export function createSpans(): SpanLog {
  const spans: Span[] = [];
  /** The span under way by segment; the run's own has the key null. */
  const open = new Map<number | null, Span>();
  const done = new Set<number>();
  /** Segments that have a span. */
  const begun = new Set<number>();
  let lanes = 1;
  let segments = 1;
  let cycles: number | null = null;

  const end = (key: number | null, at: number): void => {
    const span = open.get(key);
    if (span) span.to = at;
    open.delete(key);
  };
  const freeLane = (): number => {
    const taken = new Set([...open.values()].map((span) => span.lane));
    let lane = 0;
    while (taken.has(lane)) lane++;
    lanes = Math.max(lanes, lane + 1);
    return lane;
  };

  /** Of one segment's proof, how much lies before a stage and half of it. */
  const reached = (stage: StageName): number => {
    const share = (name: StageName): number => stageInfo(name)?.share ?? 0;
    const all = PROOF_STAGES.reduce((sum, name) => sum + share(name), 0);
    const at = PROOF_STAGES.indexOf(stage);
    if (at < 0) return stage === 'verify' ? 1 : 0;
    const before = PROOF_STAGES.slice(0, at).reduce((sum, name) => sum + share(name), 0);
    return (before + share(stage) / 2) / all;
  };

  return {
    spans,
    get lanes() {
      return lanes;
    },
    get segments() {
      return segments;
    },
    get segmentsDone() {
      return done.size;
    },
    get cycles() {
      return cycles;
    },
    progress: () => {
      const partial = [...open.values()].reduce((sum, { stage }) => sum + reached(stage), 0);
      return Math.min(1, (done.size + partial) / segments);
    },
    totals: (now) => {
      const sums = new Map<StageName, number>();
      for (const { stage, from, to } of spans) sums.set(stage, (sums.get(stage) ?? 0) + (to ?? now) - from);
      return sums;
    },
    event: (at, { stage, segment, segments: count, cycles: known }) => {
      if (known !== undefined) cycles = known;
      if (count !== undefined) segments = count;
      // A stage that is told with its cycles is over; the next one says so itself.
      if (known !== undefined) return;
      const key = segment ?? null;
      // Records are asked for when the segment before is checked and kept; it may well be under way by then.
      if (stage === 'record' && key !== null) {
        if (key > 0) {
          done.add(key - 1);
          end(key - 1, at);
        }
        if (begun.has(key)) return;
      }
      const before = open.get(key);
      if (before?.stage === stage) return;
      const lane = before?.lane;
      end(key, at);
      // What the run does by itself is over when its segments begin.
      if (key !== null) end(null, at);
      const span = { stage, segment: key, lane: lane ?? freeLane(), from: at, to: null };
      spans.push(span);
      if (key !== null) begun.add(key);
      open.set(key, span);
    },
    finish: (at) => {
      for (const key of [...open.keys()]) end(key, at);
      for (let i = 0; i < segments; i++) done.add(i);
    },
  };
}
