/** Every chip of the machine, in the order in which proofs list them. A new chip is one file and one line here. */
import { AIR_KEY, type Digest, hashWords } from '../core/hash.ts';
import type { Chip } from './chip.ts';
import { addChip, subChip } from './chips/add.ts';
import { addiChip } from './chips/addi.ts';
import { bitwiseChip, bitwiseImmChip } from './chips/bitwise.ts';
import { blake3Chip, blake3RoundChip } from './chips/blake3.ts';
import { branchEqChip, branchLtChip, compareChip } from './chips/compare.ts';
import { constChip } from './chips/const.ts';
import { dotChips } from './chips/dot.ts';
import { haltChip, inputLengthChip, readChip, readWordChip, writeChip } from './chips/host.ts';
import { jalrChip } from './chips/jalr.ts';
import { keccakChip, keccakConstantsChip, keccakRoundChip } from './chips/keccak.ts';
import { loadWordChip, storeWordChip } from './chips/load_store.ts';
import { imageChip, imageTableChip, refreshChip, zeroInitChip } from './chips/memory.ts';
import { modmulChip, wideModmulChip } from './chips/modmul.ts';
import { divChip, mulChip } from './chips/multiply.ts';
import { callChips } from './chips/precompile.ts';
import { programChip } from './chips/program.ts';
import { secp256k1Chip } from './chips/secp256k1.ts';
import { boundaryChip, boundaryMemoryChip, firstChainChip, firstChip, imageOnceChip } from './chips/segments.ts';
import { sha256Chip, sha256ConstantsChip, sha256RoundsChip } from './chips/sha256.ts';
import { shiftImmChip, shiftRegChip } from './chips/shift.ts';
import { loadSubChip, storeSubChip } from './chips/sub_word.ts';
import { bitwiseTableChip, rangeChip, shiftTableChip, xorCutTableChip } from './chips/tables.ts';
import type { Expr } from './expr.ts';
import { hasSecondTable, secondTable } from './second_tables.ts';

const GENERAL: readonly Chip[] = [
  rangeChip,
  bitwiseTableChip,
  xorCutTableChip,
  shiftTableChip,
  programChip,
  imageTableChip,
  imageChip,
  constChip,
  addChip,
  subChip,
  addiChip,
  bitwiseChip,
  bitwiseImmChip,
  shiftImmChip,
  shiftRegChip,
  compareChip,
  branchEqChip,
  branchLtChip,
  jalrChip,
  loadWordChip,
  storeWordChip,
  loadSubChip,
  storeSubChip,
  mulChip,
  divChip,
  haltChip,
  readChip,
  readWordChip,
  inputLengthChip,
  writeChip,
  zeroInitChip,
  refreshChip,
  boundaryChip,
  boundaryMemoryChip,
  firstChip,
  firstChainChip,
  imageOnceChip,
  ...callChips,
  blake3Chip,
  blake3RoundChip,
  sha256ConstantsChip,
  sha256Chip,
  sha256RoundsChip,
  keccakConstantsChip,
  keccakChip,
  keccakRoundChip,
  modmulChip,
  secp256k1Chip,
  ...dotChips,
  wideModmulChip,
];

/** The chips as they are written, in-place forms last; `CHIPS` has some of them twice. */
export const TEXTS: readonly Chip[] = [...GENERAL, ...GENERAL.flatMap((c) => c.inPlace ?? [])];

/** Second tables follow, in the same order. */
export const CHIPS: readonly Chip[] = [...TEXTS, ...TEXTS.filter(hasSecondTable).map(secondTable)];

export const chipByName: ReadonlyMap<string, Chip> = new Map(CHIPS.map((c) => [c.name, c]));

/** Operands of sums and products in the order of their texts: nothing depends on which module was loaded first. */
const describe = (e: Expr): string => {
  if (e.kind === 'const') return `${e.value}`;
  if (e.kind === 'column') return `${e.fixed ? 'f' : 't'}${e.index}`;
  const operands = [describe(e.a), describe(e.b)];
  if (e.kind !== 'sub') operands.sort();
  return `(${e.kind} ${operands.join(' ')})`;
};

let digest: Digest | undefined;

/** Digest of the whole AIR: every column, constraint and relation term. A proof of another AIR is another protocol. */
export const airDigest = (): Digest => {
  if (digest) return digest;
  const text = CHIPS.map((c) =>
    [
      c.name,
      `${c.fixedTree}`,
      c.table,
      c.scope,
      c.fixedColumns.join(','),
      c.columns.map((k) => k.name).join(','),
      c.constraints.map((k) => describe(k.expr)).join(';'),
      c.fractions
        .map((f) => `${f.relation.tag}:${f.sign}:${describe(f.numerator)}:${f.tuple.map(describe).join(',')}`)
        .join(';'),
    ].join('|'),
  ).join('\n');
  const bytes = new TextEncoder().encode(text);
  const words = new Uint32Array(Math.ceil(bytes.length / 4) + 1);
  bytes.forEach((byte, i) => {
    words[i >> 2] = (words[i >> 2] as number) | (byte << (8 * (i & 3)));
  });
  words[words.length - 1] = bytes.length;
  digest = hashWords(AIR_KEY, words);
  return digest;
};
