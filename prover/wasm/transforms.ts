/** Interpolation and extension of columns in linear memory. */
import { inv } from '../../src/core/field.ts';
import { fftArguments } from './kernels/fft.ts';
import type { Kernels } from './kernels/index.ts';
import type { TwiddleHeaps } from './kernels/twiddles.ts';
import type { Columns } from './memory.ts';
import type { KernelCall } from './runtime.ts';

/**
 * A call that turns `values` (undefined: the coefficients are there) to `coefficients`, which may be the same columns,
 * and these to `extended` (undefined: not made). All have the same count.
 */
export const extendCall = (
  kernels: Kernels,
  heaps: TwiddleHeaps,
  values: Columns | undefined,
  coefficients: Columns,
  extended: Columns | undefined,
): KernelCall => ({
  kernel: kernels.extend,
  args: fftArguments({
    values: values?.address ?? 0,
    valuesStride: values?.stride ?? 0,
    coefficients: coefficients.address,
    coefficientsStride: coefficients.stride,
    logN: coefficients.logN,
    extended: extended?.address ?? 0,
    extendedStride: extended?.stride ?? 0,
    logExtended: extended?.logN ?? coefficients.logN,
    inverseCircle: heaps.inverseCircle,
    inverseLine: heaps.inverseLine,
    circle: heaps.circle,
    line: heaps.line,
    scale: 2 * inv(2 ** coefficients.logN),
  }),
  units: coefficients.count,
  chunk: Math.max(1, Math.floor(2 ** 16 / 2 ** coefficients.logN)),
});
