// Instruction counts of the building blocks, for predictions. From the shaders' text and from what an optimising compiler
// made of it (RDNA2: 14.5 instructions an M31 product, 217 a QM31 product, 955 a BLAKE3 compression, 22 a butterfly with its
// addresses). Multiplies are counted apart from other instructions, since most GPUs issue them at another rate; sums are
// counted as instructions although some fuse with multiplies, so a fraction is a little too high where many do.
import type { DeviceLimits, Roofline, Work } from '../schema.ts';

export const NOTHING: Work = { multiplies: 0, others: 0, bytes: 0 };

/** Add, subtract, minimum. */
export const SUM: Work = { multiplies: 0, others: 3, bytes: 0 };
export const PRODUCT: Work = { multiplies: 4, others: 10.5, bytes: 0 };
/** A product, a sum, a difference, and addresses. */
export const BUTTERFLY: Work = { multiplies: 4, others: 18, bytes: 0 };
export const EXTENSION_SUM: Work = { multiplies: 0, others: 12, bytes: 0 };
export const EXTENSION_PRODUCT: Work = { multiplies: 36, others: 181, bytes: 0 };
export const COMPRESSION: Work = { multiplies: 0, others: 955, bytes: 0 };

export const plus = (...all: readonly Work[]): Work =>
  all.reduce(
    (a, b) => ({
      multiplies: a.multiplies + b.multiplies,
      others: a.others + b.others,
      bytes: a.bytes + b.bytes,
    }),
    NOTHING,
  );

export const times = (n: number, { multiplies, others, bytes }: Work): Work => ({
  multiplies: n * multiplies,
  others: n * others,
  bytes: n * bytes,
});

export const traffic = (bytes: number): Work => ({ multiplies: 0, others: 0, bytes });

/** An extension value times a base value, added to a sum. */
export const EXTENSION_BY_BASE: Work = plus(times(4, PRODUCT), EXTENSION_SUM);

/** Predicted against measured time. */
export function rooflineOf(work: Work, ms: number, limits: DeviceLimits): Roofline {
  const integerMs = 1000 * (work.multiplies / limits.multiplyAddsPerSecond + work.others / limits.simpleOpsPerSecond);
  const memoryMs = (1000 * work.bytes) / limits.copyBytesPerSecond;
  const limitMs = Math.max(integerMs, memoryMs);
  return {
    work,
    limitMs,
    bound: integerMs >= memoryMs ? 'integer' : 'memory',
    fraction: ms > 0 ? limitMs / ms : 0,
  };
}
