// The Fiat-Shamir channel on the device (src/core/channel.ts in kernels). A channel is a buffer of nine words: the state,
// then the counter of draws.
import { P } from '../../../src/core/field.ts';
import { DRAW_KEY, GRIND_KEY, TRANSCRIPT_KEY } from '../../../src/core/hash.ts';
import { groupsFor, type Recording, type WordRange } from '../recording.ts';

export const CHANNEL_WORDS = 9;

/** Mixes a message of one or two parts under a label. */
export function absorb(
  recording: Recording,
  channel: GPUBuffer,
  label: number,
  first: WordRange,
  second: WordRange = { ...first, words: 0 },
): void {
  recording.dispatch({
    kernel: { id: 'absorb' },
    params: [...TRANSCRIPT_KEY, label, first.offset, first.words, second.offset, second.words],
    bindings: [first.buffer, second.buffer, channel],
    groups: 1,
  });
}

/** Words under `mask` but for those equal to `rejected`, to words `offset` .. of `out`. */
export function drawWords(
  recording: Recording,
  channel: GPUBuffer,
  out: WordRange,
  mask: number,
  rejected: number,
): void {
  recording.dispatch({
    kernel: { id: 'draw' },
    params: [...DRAW_KEY, out.words, mask, rejected, out.offset],
    bindings: [channel, out.buffer],
    groups: 1,
  });
}

/** `count` elements, four words each, from element `first` of `out` on. */
export function drawElements(
  recording: Recording,
  channel: GPUBuffer,
  out: GPUBuffer,
  first: number,
  count: number,
): void {
  drawWords(recording, channel, { buffer: out, offset: 4 * first, words: 4 * count }, P, P);
}

/** `count` indices below 2^log, log < 32. No word under their mask is the one rejected. */
export function drawIndices(
  recording: Recording,
  channel: GPUBuffer,
  out: GPUBuffer,
  count: number,
  log: number,
): void {
  drawWords(recording, channel, { buffer: out, offset: 0, words: count }, 2 ** log - 1, 0xffffffff);
}

/** From `first` on: 1, a, a^2 ... of the element `challenge`, or a, a^2, a^4 ... `first` may be `challenge`. */
export function powers(
  recording: Recording,
  elements: GPUBuffer,
  challenge: number,
  first: number,
  count: number,
  kind: 'powers' | 'squares',
): void {
  const params = [challenge, first, count, kind === 'squares' ? 1 : 0];
  recording.dispatch({ kernel: { id: 'powers' }, params, bindings: [elements], groups: 1 });
}

/** What a nonce's place holds while none has been found. */
export const NO_NONCE = 0xffffffff;
/**
 * Tries for each one expected, as a log2: all fail with a chance of e^-32, of e^-16 for 28 bits, where high words would be
 * next. Once one has succeeded the others only look.
 */
const SPARE_LOG = 5;
/** Most tries of a dispatch, log2: of one with a thread for each, and of one that is seldom more than a look. */
const DISPATCH_LOG = 22;
const SPARE_DISPATCH_LOG = 26;
/** Threads of the latter, log2: one for each try took 4 of 17 seconds of a proof on SwiftShader, for nothing. */
const SPARE_THREADS_LOG = 16;

/** How many nonces, from 0 on, `grind` tries. */
export const grindTries = (bits: number): number =>
  Math.min(2 ** Math.max(bits + SPARE_LOG, 8), 2 ** 32 - 2 ** DISPATCH_LOG);

/** Makes word `slot` of `nonces` the smallest nonce that shows `bits` bits of work, in [1, 31], on the channel's state. */
export function grind(recording: Recording, channel: GPUBuffer, nonces: GPUBuffer, slot: number, bits: number): void {
  const tries = grindTries(bits);
  const dispatch = (base: number, count: number, threads: number): void =>
    recording.dispatch({
      kernel: { id: 'grind' },
      params: [...GRIND_KEY, base, count, 2 ** bits - 1, slot],
      bindings: [channel, nonces],
      groups: groupsFor(threads),
    });
  // Four times the expected tries at first: mostly enough.
  const mostly = Math.min(2 ** Math.max(bits + 2, 8), tries);
  for (let base = 0; base < mostly; base += 2 ** DISPATCH_LOG) {
    const count = Math.min(mostly - base, 2 ** DISPATCH_LOG);
    dispatch(base, count, count);
  }
  for (let base = mostly; base < tries; base += 2 ** SPARE_DISPATCH_LOG) {
    const count = Math.min(tries - base, 2 ** SPARE_DISPATCH_LOG);
    dispatch(base, count, Math.min(count, 2 ** SPARE_THREADS_LOG));
  }
}
