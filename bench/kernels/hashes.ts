// BLAKE3: a tree over many columns (mostly leaves), a tree over few (mostly nodes), grinding.
import { packedColumns } from '../../prover/gpu/columns.ts';
import { commitColumns, merkleWords } from '../../prover/gpu/kernels/merkle.ts';
import { NO_NONCE } from '../../prover/gpu/kernels/transcript.ts';
import { groupsFor, type Recording } from '../../prover/gpu/recording.ts';
import { GRIND_KEY } from '../../src/core/hash.ts';
import { COMPRESSION, times } from '../model/costs.ts';
import { nodeHashes, rowHashes, treeHashes } from '../model/transforms.ts';
import type { Bench, Case } from './suite.ts';

const MANY = 64;
const FEW = 4;

export function hashCases({ runtime, scale }: Bench): Case[] {
  const tree = (columns: number, logN: number) => ({
    buffers: [columns * 2 ** logN, merkleWords(logN)],
    record: (recording: Recording, [values, nodes]: readonly GPUBuffer[]): void => {
      const packed = packedColumns(values as GPUBuffer, columns, logN);
      commitColumns(recording, runtime.pool, nodes as GPUBuffer, [packed]);
    },
  });
  const logMany = Math.max(8, Math.floor(Math.log2(scale.words / MANY)));
  const logFew = Math.max(10, Math.floor(Math.log2(scale.words / 16)));
  const leaves = 2 ** logMany;
  // The last eight layers are in a kernel of their own.
  const nodes = 2 ** logFew - 2 ** 9;
  const whole = treeHashes(new Map([[logMany, MANY]]));
  const tries = scale.arithmeticThreads * 4;
  return [
    {
      ...{ group: 'hash', name: `leaves of ${MANY} words`, size: `2^${logMany}`, unit: 'compressions' },
      units: leaves * (MANY / 16),
      work: rowHashes(leaves, MANY),
      ...tree(MANY, logMany),
      kernel: 'merkle_rows',
    },
    {
      ...{ group: 'hash', name: 'nodes', size: `2^${logFew}`, unit: 'compressions' },
      units: nodes,
      work: nodeHashes(nodes),
      ...tree(FEW, logFew),
      kernel: 'merkle_nodes',
    },
    {
      ...{ group: 'hash', name: `tree over ${MANY} columns`, size: `2^${logMany}`, unit: 'compressions' },
      units: leaves * (MANY / 16) + leaves - 1,
      work: whole,
      ...tree(MANY, logMany),
    },
    {
      ...{ group: 'hash', name: 'grinding', size: `${tries} tries`, unit: 'tries' },
      units: tries,
      work: times(tries, COMPRESSION),
      buffers: [4],
      // A dispatch of prover/gpu/kernels/transcript.ts with a mask that no digest meets but by chance.
      record: (recording, [nonces]) => {
        recording.upload(nonces as GPUBuffer, 0, Uint32Array.of(NO_NONCE));
        const channel = recording.constant([1, 2, 3, 4, 5, 6, 7, 8, 0]);
        const params = [...GRIND_KEY, 0, tries, 0xffffffff, 0];
        const bindings = [channel, nonces as GPUBuffer];
        recording.dispatch({ kernel: { id: 'grind' }, params, bindings, groups: groupsFor(tries) });
      },
    },
  ];
}
