// Runs the bytecode of circuits on one row, as shaders/lib/circuit_vm.wgsl does: an oracle for the kernels, and a check of
// the compiler that needs no device.
import { add, mul, Q_ZERO, type Qm31, qAdd, qInv, qMul, qMulBase, qSub, sub } from '../../src/core/field.ts';

export interface RowData {
  readonly column: (fixed: boolean, index: number) => number;
  readonly secure: (index: number, previous: boolean) => Qm31;
  /** Values of the slots, the zero slot included. */
  readonly slots: readonly Qm31[];
}

export interface WalkResult {
  /** The register that the head names. */
  readonly result: Qm31;
  /** Running sums after each pair. */
  readonly sums: readonly Qm31[];
}

const NONE = 255;

export function walk(code: Uint32Array, row: RowData): WalkResult {
  const words: number[] = [];
  const elements: Qm31[] = [];
  const sums: Qm31[] = [];
  let at = 2;
  const next = (): number => code[at++] as number;
  const bytes = (w: number): [number, number, number, number] => [w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24];
  const element = (r: number): Qm31 => elements[r] as Qm31;
  const word = (r: number): number => words[r] as number;
  const withAddend = (w: number, product: Qm31): Qm31 => {
    const [flags, a] = bytes(w);
    if (a === NONE) return product;
    return (flags & 128) === 0 ? qAdd(product, element(a)) : qSub(product, element(a));
  };
  const lists: readonly (() => void)[] = [
    () => {
      const w = next();
      words[w & 255] = row.column(((w >>> 8) & 255) === 1, w >>> 16);
    },
    () => {
      words[next()] = next();
    },
    () => {
      const [op, dst, a, b] = bytes(next());
      words[dst] = ([add, sub, mul][op] as typeof add)(word(a), word(b));
    },
    () => {
      const w = next();
      elements[w & 255] = row.slots[w >>> 8] as Qm31;
    },
    () => {
      const w = next();
      elements[w & 255] = row.secure(w >>> 16, ((w >>> 8) & 255) === 1);
    },
    () => {
      const w = next();
      const slot = next();
      const init = (w >>> 8) & 255;
      let sum = init === NONE ? (row.slots[slot] as Qm31) : element(init);
      for (let i = 0; i < w >>> 16; i++) {
        const term = next();
        sum = qAdd(sum, qMulBase(row.slots[term >>> 16] as Qm31, word(term & 255)));
      }
      elements[w & 255] = sum;
    },
    () => {
      const [op, dst, a, b] = bytes(next());
      elements[dst] = (op === 0 ? qAdd : qSub)(element(a), element(b));
    },
    () => {
      const w = next();
      const [dst, , b, c] = bytes(w);
      elements[dst & 127] = withAddend(w, qMulBase(element(b), word(c)));
    },
    () => {
      const w = next();
      const [dst, , b, c] = bytes(w);
      elements[dst & 127] = withAddend(w, qMul(element(b), element(c)));
    },
    () => {
      const [numerator, denominator] = bytes(next());
      const value = qMul(element(numerator & 127), qInv(element(denominator)));
      sums.push(((numerator & 128) === 0 ? qAdd : qSub)(sums.at(-1) ?? Q_ZERO, value));
    },
  ];
  const segments = code[0] as number;
  for (let segment = 0; segment < segments; segment++) {
    const counts = lists.map(next);
    lists.forEach((run, phase) => {
      for (let i = 0; i < (counts[phase] as number); i++) run();
    });
  }
  return { result: elements[code[1] as number] ?? Q_ZERO, sums };
}
