/** FRI in linear memory: the committed words stay there until they are opened. */
import { inv, mul, type Qm31, qAdd, qMul, qMulBase, qSub } from '../../src/core/field.ts';
import type { Digest } from '../../src/core/hash.ts';
import { shiftedPositions } from '../../src/core/merkle.ts';
import type { Opening } from '../../src/core/proof.ts';
import { type Columns, columnAddress } from './memory.ts';
import { commitRows, openSiblings, rootOf, type WasmMerkleTree } from './merkle.ts';
import type { Workshop } from './tree.ts';

interface Layer {
  readonly word: Columns;
  readonly foldLog: number;
  readonly merkle: WasmMerkleTree;
}

export interface WasmFri {
  commit(foldLog: number): Digest;
  fold(alpha: Qm31): void;
  lastLayer(lastLog: number): Qm31[];
  /** All layers at sorted unique positions of the first domain. */
  open(positions: readonly number[]): Opening[];
  release(): void;
}

/** `first`, four columns, belongs to FRI from here on. */
export const openFri = ({ runtime, kernels, heaps }: Workshop, first: Columns): WasmFri => {
  const { memory, run } = runtime;
  const logDomain = first.logN;
  const layers: Layer[] = [];
  let word = first;
  let folds = 0;

  /** Inverse twiddles of fold `fold` of the protocol, doubled: those of layer `fold` of the first domain's transform. */
  const twiddleAddress = (fold: number): number =>
    fold === 0 ? heaps.inverseCircle + 4 * 2 ** (logDomain - 1) : heaps.inverseLine + 4 * 2 ** (logDomain - fold - 1);

  const foldOnce = (alpha: Qm31): void => {
    const out = memory.allocColumns(4, word.logN - 1);
    const factor = memory.alloc(16);
    memory.words(factor, 4).set(alpha);
    const args = [word.address, word.stride, out.address, out.stride, twiddleAddress(folds), factor];
    run([{ kernel: kernels.fri_fold, args, units: Math.max(1, 2 ** out.logN / 4), chunk: 1024 }]);
    memory.free(factor);
    if (!layers.some((l) => l.word === word)) memory.free(word.address);
    word = out;
    folds++;
  };

  return {
    commit: (foldLog) => {
      const merkle = commitRows(runtime, kernels, word, foldLog);
      layers.push({ word, foldLog, merkle });
      return rootOf(memory, merkle);
    },
    fold: (alpha) => {
      let power = alpha;
      for (let i = (layers.at(-1) as Layer).foldLog; i > 0; i--) {
        foldOnce(power);
        power = qMul(power, power);
      }
    },
    // As `interpolateLine` of src/core/fri.ts, with the twiddles that are here.
    lastLayer: (lastLog) => {
      const coordinates = [0, 1, 2, 3].map((k) => memory.column(word, k));
      const out = Array.from({ length: 2 ** word.logN }, (_, i) => coordinates.map((c) => c[i]) as unknown as Qm31);
      for (let layer = 0; 2 ** layer < out.length; layer++) {
        const stride = 2 ** layer;
        const t = memory.words(twiddleAddress(folds + layer), out.length / (2 * stride));
        for (let h = 0, base = 0; base < out.length; h++, base += 2 * stride) {
          for (let i = base; i < base + stride; i++) {
            const [u, v] = [out[i] as Qm31, out[i + stride] as Qm31];
            out[i] = qAdd(u, v);
            out[i + stride] = qMulBase(qSub(u, v), (t[h] as number) >>> 1);
          }
        }
      }
      const scale = inv(out.length);
      return out
        .slice(0, 2 ** lastLog)
        .map((q) => [mul(q[0], scale), mul(q[1], scale), mul(q[2], scale), mul(q[3], scale)]);
    },
    open: (positions) => {
      let current = positions;
      return layers.map(({ word: own, foldLog, merkle }) => {
        current = shiftedPositions(current, foldLog);
        const leaf = 2 ** foldLog;
        const words = new Uint32Array(memory.memory.buffer);
        const starts = [0, 1, 2, 3].map((k) => columnAddress(own, k) / 4);
        const values = new Uint32Array(4 * leaf * current.length);
        let next = 0;
        for (const q of current) {
          for (let i = 0; i < leaf; i++) {
            for (const start of starts) values[next++] = words[start + q * leaf + i] as number;
          }
        }
        return { values, siblings: openSiblings(memory, merkle, current) };
      });
    },
    release: () => {
      if (!layers.some((l) => l.word === word)) memory.free(word.address);
      for (const layer of layers) {
        memory.free(layer.word.address);
        memory.free(layer.merkle.address);
      }
      layers.length = 0;
    },
  };
};
