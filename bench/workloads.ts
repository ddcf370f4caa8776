// What is proven: the programs of the client-side proving benchmarks first (SHA-256 and Keccak-256 by message size).

export interface Workload {
  readonly name: string;
  readonly guest: string;
  readonly input: Uint8Array;
}

const u32 = (n: number): Uint8Array => Uint8Array.from([n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24]);

/** Bytes with no meaning, the same everywhere. */
export const message = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 255);

const DIGEST_BYTES = [128, 256, 512, 1024, 2048];
const digest = (guest: string, bytes: number): Workload => ({
  name: `${guest} ${bytes} B`,
  guest,
  input: message(bytes),
});

const numbers = (count: number): Uint8Array => {
  const words = Uint32Array.from({ length: count }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
  return new Uint8Array(words.buffer);
};

/** Sums 2000 .. 1. */
const STACK_PROGRAM = '0 2000 dup [ swap over + swap 1 - dup ] drop .';

export const WORKLOADS: readonly Workload[] = [
  ...DIGEST_BYTES.map((bytes) => digest('sha256', bytes)),
  ...DIGEST_BYTES.map((bytes) => digest('keccak256', bytes)),
  { name: 'fibonacci 20', guest: 'fibonacci', input: u32(20) },
  { name: 'fibonacci 100000', guest: 'fibonacci', input: u32(100_000) },
  { name: 'sort 1024', guest: 'sort', input: numbers(1024) },
  { name: 'sieve 20000', guest: 'sieve', input: u32(20_000) },
  { name: 'interpreter', guest: 'interpreter', input: new TextEncoder().encode(STACK_PROGRAM) },
];

export const QUICK_WORKLOADS: readonly string[] = ['fibonacci 20', 'sha256 128 B'];

/** Growth is measured on SHA-256, which takes about 56 instructions a byte and some thousands besides. */
export const GROWTH_GUEST = 'sha256';
const CYCLES_PER_BYTE = 55.9;
const CYCLES_BESIDES = 5300;

/** An input that takes just under 2^logCycles instructions, logCycles >= 13. */
export const growthInput = (logCycles: number): Uint8Array =>
  message(Math.max(0, Math.floor(((2 ** logCycles - CYCLES_BESIDES) / CYCLES_PER_BYTE) * 0.99)));
