// What is proven: the programs of the client-side proving benchmarks first (SHA-256 and Keccak-256 by message size, in
// plain instructions and by the chips; ECDSA).

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

/** Of the SHA-256 digest of "hello", over secp256k1: digest, r, s, and the key's x and y. */
export const SIGNATURE: string =
  '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' +
  '6ca4c92e08205c932967dcd32120f9e5270a551799a490acfa78c5052726c181' +
  '69cd2e2cbc0f2da74d921706edc2d3e92dc44c9b0b989b07520fa247551cca4c' +
  '989c0b76cb563971fdc9bef31ec06c3560f3249d6ee9e5d83c57625596e05f6f' +
  '631f4d05b3ae518776ee08755a7703e64b2ebc32547504de0b55a142d4ecdf80';
const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const numbers = (count: number): Uint8Array => {
  const words = Uint32Array.from({ length: count }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
  return new Uint8Array(words.buffer);
};

/** Sums 2000 .. 1. */
const STACK_PROGRAM = '0 2000 dup [ swap over + swap 1 - dup ] drop .';

export const WORKLOADS: readonly Workload[] = [
  ...DIGEST_BYTES.map((bytes) => digest('sha256', bytes)),
  ...DIGEST_BYTES.map((bytes) => digest('keccak256', bytes)),
  ...DIGEST_BYTES.map((bytes) => digest('sha256_chip', bytes)),
  ...DIGEST_BYTES.map((bytes) => digest('keccak256_chip', bytes)),
  { name: 'ecdsa verify', guest: 'ecdsa', input: fromHex(SIGNATURE) },
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
