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
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number;
}

export interface Planner {
  /** A witness is there. */
  add(record: BatchRecord): void;
  /** Plans the next batch that waits, if none is being planned. Where nobody proves, nothing is planned. One that could
   * not be planned waits for a while, then is tried again; those behind it are not held up. */
  next(): void;
  /** Batches that wait for their plan. */
  readonly waiting: number;
  /** Plans all but those that failed. */
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

interface Waiting {
  readonly record: BatchRecord;
  failures: number;
  dueMs: number;
}

/** After a failure, such as memory that was short: so long, twice as long each time. */
const RETRY_MS = 10_000;
const MAX_RETRY_MS = 3_600_000;

export function createPlanner(options: PlannerOptions): Planner {
  const { batches, plan, segmentSteps, onPlanned, onError, now = () => performance.now() } = options;
  let running: Promise<void> | undefined;
  const queue = new Set<Waiting>();
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

  const one = async (entry: Waiting): Promise<void> => {
    const { record } = entry;
    const started = performance.now();
    try {
      const made = await make(record);
      queue.delete(entry);
      if (!stopped) onPlanned(record, made, performance.now() - started);
    } catch (error) {
      entry.dueMs = now() + Math.min(RETRY_MS * 2 ** entry.failures++, MAX_RETRY_MS);
      if (!stopped) onError(record.index, error instanceof Error ? error.message : String(error));
    }
  };
  const due = (): Waiting | undefined => [...queue].find(({ dueMs }) => dueMs <= now());
  const next = (): void => {
    const entry = stopped || running !== undefined ? undefined : due();
    if (entry === undefined) return;
    running = one(entry).finally(() => {
      running = undefined;
    });
  };

  return {
    add: (record) => void queue.add({ record, failures: 0, dueMs: Number.NEGATIVE_INFINITY }),
    next,
    get waiting() {
      return queue.size;
    },
    idle: async () => {
      while (!stopped && (running !== undefined || due() !== undefined)) {
        next();
        await running;
      }
    },
    stop: () => {
      stopped = true;
    },
  };
}
