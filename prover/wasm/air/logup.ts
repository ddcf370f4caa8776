/** The kernel that writes a chip's secure LogUp columns, and its arguments. */
import type { Chip } from '../../../src/air/chip.ts';
import type { LogupChallenges } from '../../../src/air/evaluate.ts';
import type { Expr } from '../../../src/air/expr.ts';
import { onceByText } from '../../../src/air/second_tables.ts';
import type { ModuleBuilder } from '../../../src/core/wasm/index.ts';
import { type Word as Node, WordGraph } from '../../gpu/air/word_graph.ts';
import { kernel } from '../emit/emitter.ts';
import { constant, type Vector, v, w } from '../emit/values.ts';
import type { ChipColumns } from '../runtime.ts';
import { type BlockCode, blockVectors, COLUMN_ARGUMENTS, columnArguments, forBlocks } from './blocks.ts';
import { columnSlots, dotBytes, fingerprintSum, fingerprintsOf, ONE_SUM, writeDot } from './forms.ts';
import { PAIR_BYTES } from './logup_routines.ts';
import { QUAD, SLOT } from './routines.ts';
import { type Shared, writeDotCalls } from './shared.ts';

/** Pairs in a frame at a time, so that frames of wide chips stay small; their inversions are shared. */
const PASS_PAIRS = 16;

/** The offsets of a chip's frame, all static. */
interface Plan {
  /** Signed numerators by fraction, deduplicated. */
  readonly numerators: readonly Node[];
  readonly numeratorOf: readonly number[];
  readonly zero: number;
  readonly sum: number;
  readonly pairs: number;
  readonly frameBytes: number;
  /** Slots of each fingerprint; the second of a single fraction is the constant 1. */
  readonly dots: readonly (readonly number[])[];
}

const makePlan = (chip: Chip): Plan => {
  const graph = new WordGraph();
  const signed = ({ sign, numerator }: { sign: 1 | -1; numerator: Expr }): Node =>
    sign === 1 ? graph.expr(numerator) : graph.binary('fsub', graph.constant(0), graph.expr(numerator));
  const nodes = chip.fractions.map(signed);
  const numerators = [...new Set(nodes)];
  const base = SLOT * columnSlots(chip);
  const zero = base + SLOT * numerators.length;
  const sum = zero + SLOT;
  const pairs = sum + QUAD;
  const dots = Array.from({ length: 2 * chip.logupColumns }, (_, i) => {
    return [...(fingerprintsOf(chip)[i]?.bySlot.keys() ?? [])];
  });
  return {
    numerators,
    numeratorOf: nodes.map((n) => base + SLOT * numerators.indexOf(n)),
    zero,
    sum,
    pairs,
    frameBytes: pairs + PAIR_BYTES * Math.min(PASS_PAIRS, chip.logupColumns),
    dots,
  };
};

const planOf = onceByText(makePlan);

const OUT = COLUMN_ARGUMENTS;
const DATA = OUT + 2;

export const logupArguments = (
  chip: Chip,
  columns: ChipColumns,
  out: { readonly address: number; readonly stride: number },
  challenges: LogupChallenges,
): number[] => {
  const args = [...columnArguments(columns), out.address, out.stride];
  const { dots } = planOf(chip);
  dots.forEach((slots, i) => {
    const fingerprint = fingerprintsOf(chip)[i];
    writeDot(args, fingerprint ? fingerprintSum(fingerprint, challenges) : ONE_SUM, slots);
  });
  return args;
};

export const logupKernel = (module: ModuleBuilder, name: string, chip: Chip, shared: Shared): void => {
  const plan = planOf(chip);
  const block = blockVectors(plan.frameBytes);
  kernel(module, name, (e, job) => {
    const out = job.argument(OUT);
    const outStride = job.argument(OUT + 1);
    forBlocks(e.f, job, { chip, frameBytes: plan.frameBytes, block, shared }, (code: BlockCode) => {
      const { s, first, end, stride, running, rowBytes, lastRowBytes } = code;
      const numerators = s.variable('v128', constant(0));
      code.eachFrame((frame, value) => {
        const store = (offset: number, x: Vector): void => s.store(frame, x, offset);
        for (let j = 0; j < 4; j++) store(plan.sum + SLOT * j, constant(0));
        store(plan.zero, constant(0));
        value(plan.numerators, (x, i) => {
          store(SLOT * columnSlots(chip) + SLOT * i, x);
          s.set(numerators, v.or(numerators, x));
        });
      });
      const fractions = (): void => {
        let data = 4 * DATA;
        const to = s.variable('i32', w.add(out, lastRowBytes));
        const pairAt = (k: number): number => plan.pairs + PAIR_BYTES * (k % PASS_PAIRS);
        for (let from = 0; from < chip.logupColumns; from += PASS_PAIRS) {
          const passEnd = Math.min(chip.logupColumns, from + PASS_PAIRS);
          plan.dots.slice(2 * from, 2 * passEnd).forEach((slots, i) => {
            const dst = pairAt(from + (i >> 1)) + QUAD * (i & 1);
            s.scope(() => {
              writeDotCalls(s, shared, [first, end, stride], dst, s.keep(w.add(job.args, data)), slots.length);
            });
            data += dotBytes(slots.length);
          });
          s.store(running, constant(1));
          for (let k = passEnd - 1; k >= from; k--) s.call(shared.norms, first, end, stride, pairAt(k), running);
          s.call(shared.invert, running);
          for (let k = from; k < passEnd; k++) {
            const [n1, n2] = [2 * k, 2 * k + 1].map((i) => plan.numeratorOf[i] ?? plan.zero) as [number, number];
            s.call(shared.fractions, first, end, stride, pairAt(k), n1, n2, plan.sum, running, to, outStride);
            s.increment(to, w.shl(outStride, 2));
          }
        }
      };
      // Where all numerators of a block are 0, as on padding, so are all sums.
      const zeros = (): void => {
        const to = s.variable('i32', w.add(out, rowBytes));
        const bytes = s.keep(w.add(w.sub(lastRowBytes, rowBytes), SLOT));
        s.for(0, 4 * chip.logupColumns, 1, () => {
          s.fill(to, bytes);
          s.increment(to, outStride);
        });
      };
      s.if(v.anyTrue(numerators), fractions, zeros);
    });
  });
};
