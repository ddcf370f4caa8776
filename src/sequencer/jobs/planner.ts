// Plans how batches are proven, one after another: a run is cut in segments, which many workers can prove, or is one proof.
import { decodeBundleHeader } from '../../core/bundle.ts';
import { bytesEqual, fromHex } from '../chain/bytes.ts';
import type { BatchRecord, BatchStore, Plan } from './batches.ts';

/** Phase one of a proof in segments (prover/run.ts): the run's header without proofs; undefined for a single segment. */
export type PlanRun = (input: Uint8Array, segmentSteps: number) => Promise<Uint8Array | undefined>;

export interface PlannerOptions {
  readonly batches: BatchStore;
  /** Absent: batches are proven whole. */
  readonly plan: PlanRun | undefined;
  readonly segmentSteps: number;
  readonly onPlanned: (record: BatchRecord, plan: Plan, ms: number) => void;
  readonly onError: (batch: number, message: string) => void;
}

export interface Planner {
  /** A witness is there. */
  add(record: BatchRecord): void;
  /** Plans the next batch that waits, if none is being planned. Where nobody proves, nothing is planned. */
  next(): void;
  /** Batches that wait for their plan. */
  readonly waiting: number;
  /** Plans all. */
  idle(): Promise<void>;
  stop(): void;
}

/** The digest that halted the program on the RISC-V machine is that of the forward run, or something is very wrong. */
function check(header: Uint8Array, { journal }: BatchRecord): number {
  const bundle = decodeBundleHeader(header);
  if (bundle.exitCode !== 0) throw new Error(`the program ends with exit code ${bundle.exitCode}`);
  if (!bytesEqual(bundle.journal, fromHex(journal))) throw new Error("the program's journal is not the forward run's");
  return bundle.segments.length;
}

export function createPlanner({ batches, plan, segmentSteps, onPlanned, onError }: PlannerOptions): Planner {
  let running: Promise<void> | undefined;
  const queue: BatchRecord[] = [];
  let stopped = false;

  const make = async (record: BatchRecord): Promise<Plan> => {
    const known = batches.plan(record.index);
    if (known !== undefined) return known;
    const input = batches.input(record.index);
    if (input === undefined) throw new Error('its input is gone');
    const header = await plan?.(input, segmentSteps);
    const made: Plan =
      header === undefined
        ? { segments: 1, segmentSteps: 0, header: undefined }
        : { segments: check(header, record), segmentSteps, header };
    await batches.putPlan(record.index, made);
    return made;
  };

  const one = async (record: BatchRecord): Promise<void> => {
    if (stopped) return;
    const started = performance.now();
    try {
      const made = await make(record);
      if (!stopped) onPlanned(record, made, performance.now() - started);
    } catch (error) {
      if (!stopped) onError(record.index, error instanceof Error ? error.message : String(error));
    }
  };
  const next = (): void => {
    const record = queue[0];
    if (running !== undefined || record === undefined) return;
    running = one(record).then(() => {
      queue.shift();
      running = undefined;
    });
  };

  return {
    add: (record) => void queue.push(record),
    next,
    get waiting() {
      return queue.length;
    },
    idle: async () => {
      while (queue.length > 0 && !stopped) {
        next();
        await running;
      }
    },
    stop: () => {
      stopped = true;
    },
  };
}
