/**
 * Runs WebAssembly kernels over one linear memory, on one or several threads.
 *
 * THE CONTRACT between the kernels (fixed ones in `kernels/`, those printed from the chips in `air/`) and the runtime:
 *
 * Memory. All data lies in one `LinearMemory` (`runtime.memory`), shared where there are threads. A column is 2^logN
 * u32 words in storage order, 64-byte aligned; `Columns` are columns of one height at a byte stride that is a multiple
 * of 64 and more than their length. Rows come in fours: every height is at least 2^4 and a vector is rows 4q .. 4q + 3.
 * An extension column is four base columns. Every field element in memory is canonical. Kernels may not count on zeroed
 * memory. Nothing may be written past a column's 2^logN words.
 *
 * Modules. A generated module imports its memory as `env.memory` with `runtime.memory.limits` and exports kernels:
 * functions of four i32, `(begin, end, args, scratch)`, without result. `begin .. end` is a range of units (vectors of
 * four rows, columns, nonces: the kernel's choice; a kernel over rows takes vectors, not rows), `args` the address of
 * the job's argument words, `scratch` the address of SCRATCH_BYTES that are this thread's own and hold nothing.
 * `emit/emitter.ts` writes such functions (`kernel(module, name, …)`), `emit/values.ts` has the operations,
 * `emit/field.ts` M31 and QM31 on four lanes. Loops are written inside the kernel, so that a call does at least some
 * 10 us of work; but see to it that a kernel is called several times (chunks), because V8 replaces the code of its
 * first compiler by that of the optimising one only between calls.
 *
 * Jobs. `await runtime.register(bytes, names)` compiles once for all threads and returns a kernel number by name.
 * `runtime.run(calls)` runs calls `{ kernel, args, units, chunk }`: units 0 .. units - 1 are cut into chunks that the
 * threads take as they come, in no order, those of different calls of one `run` side by side too; it returns when all
 * are done. Arguments are u32 words (addresses, counts, constants); `run` copies them to memory that stays valid during
 * the run. Two chunks must not write the same word, except by atomic operations (they are valid on unshared memory too).
 *
 * What `air/` provides is stated in `air/stages.ts`'s interface, `AirKernels`, below.
 */
import type { ParamInput } from '../../src/air/evaluate.ts';
import type { ActiveChip, Layout } from '../../src/air/layout.ts';
import type { ChipRows } from '../backend.ts';
import type { Columns, LinearMemory } from './memory.ts';

/** Bytes of `scratch`. */
export const SCRATCH_BYTES = 65536;

export type KernelId = number;

export interface KernelCall {
  readonly kernel: KernelId;
  readonly args: ArrayLike<number>;
  readonly units: number;
  /** Units of one chunk; aim at 50 to 500 us of work. */
  readonly chunk: number;
}

export interface WasmRuntime {
  readonly memory: LinearMemory;
  readonly threads: number;
  register(bytes: Uint8Array<ArrayBuffer>, names: readonly string[]): Promise<ReadonlyMap<string, KernelId>>;
  run(calls: readonly KernelCall[]): void;
}

/** Where the columns of one chip lie, all on the trace domain or all extended. */
export interface ChipColumns {
  readonly trace: Columns;
  /** Columns of the chip's fixed table, where it reads one. */
  readonly fixed: Columns | undefined;
}

/**
 * The kernels of the chips: `openAir(runtime)` in `air/stages.ts` gives them, compiling each chip's modules when first
 * asked for and keeping them for later proofs (`prepare` is awaited once per proof before the synchronous stages).
 */
export interface AirKernels {
  prepare(layout: Layout): Promise<void>;
  /**
   * Fills all trace columns (zero on padding rows) from the records, then counts the multiplicities. Throws `ProverError`
   * as the reference tier does.
   */
  fillTrace(job: {
    readonly layout: Layout;
    readonly records: ReadonlyMap<string, ChipRows>;
    /** Trace columns of a chip on the trace domain, undefined for one that is not active. */
    readonly traceOf: (chip: string) => Columns | undefined;
    /** Columns of a table (`Layout.tables`; witness lookups name those, and `Chip.table`), on the trace domain. */
    readonly fixedOf: (table: string) => Columns | undefined;
  }): void;
  /**
   * Writes the secure LogUp columns of each job (four base columns each): column k holds the sum of the row's pairs up
   * to k, the last one thus the row's total (the running sum over the rows is made of it in place afterwards).
   */
  logup(
    jobs: readonly {
      readonly active: ActiveChip;
      readonly columns: ChipColumns;
      readonly out: Columns;
      readonly params: ParamInput;
    }[],
  ): void;
  /**
   * Adds each chip's constraint sum over the extended rows into `sums` (four columns), or sets it where `overwrite`.
   * Jobs with the same `sums` follow one another in the list and must run in that order. `previous` is the address of
   * 2^logN words, the BYTE OFFSET in a column of the row one trace row before each row (4 * previousRow).
   */
  constraints(
    jobs: readonly {
      readonly active: ActiveChip;
      readonly columns: ChipColumns;
      readonly secure: Columns;
      readonly previous: number;
      readonly params: ParamInput;
      readonly sums: Columns;
      readonly overwrite: boolean;
    }[],
  ): void;
}
