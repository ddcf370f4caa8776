// Random numbers that are the same in every run, and random EVM code that does something.

export type Random = (below: number) => number;

/** Mulberry32. */
export function generator(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Opcodes that take from the stack what was pushed, by how many operands they take. */
const PLAIN: readonly (readonly [opcode: number, operands: number])[] = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b].map((op) => [op, 2] as const),
  ...[0x08, 0x09].map((op) => [op, 3] as const),
  ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d].map((op) => [op, 2] as const),
  ...[0x15, 0x19, 0x31, 0x35, 0x3b, 0x3f, 0x40, 0x51, 0x54, 0x5c].map((op) => [op, 1] as const),
  ...[0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x58, 0x59, 0x5a]
    .filter((op) => op !== 0x5a)
    .map((op) => [op, 0] as const),
  ...[0x52, 0x53, 0x55, 0x55, 0x55, 0x5d].map((op) => [op, 2] as const),
  ...[0x20].map((op) => [op, 2] as const),
  ...[0x37, 0x39, 0x5e].map((op) => [op, 3] as const),
  ...[0x50, 0x80, 0x81, 0x90].map((op) => [op, 2] as const),
  ...[0xa0, 0xa1, 0xa2].map((op, n) => [op, 2 + n] as const),
];

const push = (random: Random): number[] => {
  switch (random(6)) {
    case 0:
      return [0x5f];
    case 1:
      return [0x7f, ...Array.from({ length: 32 }, () => random(256))];
    case 2:
      return [0x61, random(4), random(256)];
    default:
      return [0x60, random(5)];
  }
};

/** A straight run of random operations, calls among `contracts`, creations, loops of few rounds, and an end. */
export function randomCode(random: Random, contracts: readonly Uint8Array[]): Uint8Array {
  const code: number[] = [];
  for (let i = 10 + random(40); i > 0; i--) {
    const kind = random(20);
    if (kind === 0) {
      // CALL, CALLCODE, DELEGATECALL or STATICCALL with small memory areas.
      const op = [0xf1, 0xf2, 0xf4, 0xfa][random(4)]!;
      const areas = [0x60, random(64), 0x5f, 0x60, random(64), 0x5f];
      const value = op === 0xf1 || op === 0xf2 ? [0x60, random(2)] : [];
      const gas = random(2) === 0 ? [0x5a] : [0x61, random(200), 0];
      const to = random(4) === 0 ? [0x60, 1 + random(10)] : [0x73, ...contracts[random(contracts.length)]!];
      code.push(...areas, ...value, ...to, ...gas, op);
    } else if (kind === 1) {
      // CREATE or CREATE2 of what memory holds.
      const op = random(2) === 0 ? 0xf0 : 0xf5;
      code.push(...(op === 0xf5 ? [0x60, random(3)] : []), 0x60, random(40), 0x5f, 0x60, random(2), op);
    } else if (kind === 2) {
      // A loop: counts a slot down from a few.
      code.push(0x60, 1 + random(4), 0x5b);
      const start = code.length - 1;
      code.push(0x80, 0x80, 0x55, 0x60, 1, 0x90, 0x03, 0x80, 0x61, start >> 8, start & 255, 0x57, 0x50);
    } else {
      const [op, operands] = PLAIN[random(PLAIN.length)]!;
      for (let k = 0; k < operands; k++) code.push(...push(random));
      code.push(op);
    }
  }
  const endings = [
    [0x00],
    [0x60, 32, 0x5f, 0xf3],
    [0x60, 32, 0x5f, 0xfd],
    [0x33, 0xff],
    [0xfe],
    [0x60, 8, 0x60, 3, 0xf3],
  ];
  code.push(...endings[random(endings.length)]!);
  return Uint8Array.from(code);
}
