// eth_feeHistory. The base fee does not change.
import { least, toQuantity } from '../../chain/bytes.ts';
import { blockOf, type Reader } from './reader.ts';

const MAX_BLOCKS = 1024n;

export function feeHistory(reader: Reader, newest: bigint, asked: bigint, percentiles: readonly number[]): object {
  const { blocks } = reader;
  const { baseFee } = blockOf(reader, newest).env;
  const count = least(asked, MAX_BLOCKS, newest + 1n);
  if (count === 0n) return { oldestBlock: '0x0', gasUsedRatio: [] };
  const oldest = newest - count + 1n;
  const numbers = Array.from({ length: Number(count) }, (_, i) => oldest + BigInt(i));
  const fee = toQuantity(baseFee);
  const ratio = (number: bigint): number => {
    const block = blocks.block(number);
    return block === undefined ? 0 : Number(block.gasUsed) / Number(block.env.gasLimit);
  };
  return {
    oldestBlock: toQuantity(oldest),
    baseFeePerGas: Array.from({ length: numbers.length + 1 }, () => fee),
    gasUsedRatio: numbers.map(ratio),
    baseFeePerBlobGas: Array.from({ length: numbers.length + 1 }, () => '0x0'),
    blobGasUsedRatio: numbers.map(() => 0),
    ...(percentiles.length === 0
      ? {}
      : { reward: numbers.map((number) => rewardsOf(reader, number, baseFee, percentiles)) }),
  };
}

/** Tips at percentiles of a block's gas. */
function rewardsOf({ blocks }: Reader, number: bigint, baseFee: bigint, percentiles: readonly number[]): string[] {
  const tips = (blocks.receipts(number) ?? [])
    .map(({ effectiveGasPrice: price, gasUsed }) => ({ tip: price - baseFee, gasUsed: Number(gasUsed) }))
    .sort((a, b) => (a.tip < b.tip ? -1 : 1));
  const total = tips.reduce((sum, { gasUsed }) => sum + gasUsed, 0);
  return percentiles.map((percentile) => {
    let sum = 0;
    const found = tips.find(({ gasUsed }) => {
      sum += gasUsed;
      return sum >= (total * percentile) / 100;
    });
    return toQuantity(found?.tip ?? 0n);
  });
}
