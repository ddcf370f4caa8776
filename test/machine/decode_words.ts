// The encodings that the decoder is compared on, and the text form of the comparison.

import { decode } from '../../src/machine/decode.ts';

/** All 16-bit encodings. */
export function compressedWords(): number[] {
  return Array.from({ length: 65536 }, (_, h) => h).filter((h) => (h & 3) !== 3);
}

/** Each major opcode with each funct3 and funct7, with pseudo-random other fields; then fixed system instructions. */
export function wideWords(): number[] {
  const words: number[] = [];
  let seed = 1;
  for (let opcode = 3; opcode < 128; opcode += 4) {
    if ((opcode & 31) === 31) continue; // longer than 32 bits
    for (let high = 0; high < 1024; high++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      const fields = seed & 0x01ff8f80; // rd, rs1, rs2
      words.push((opcode | ((high & 7) << 12) | ((high >>> 3) << 25) | fields) >>> 0);
    }
  }
  return [...words, 0x73, 0x100073, 0x0ff0000f, 0x100f, 0x8330000f, 0x1005252f];
}

/** `mnemonic rd rs1 rs2 imm`, or `-` if undecodable. */
export function describeWord(word: number): string {
  const insn = decode(word | 0);
  return insn === null ? '-' : [insn.mnemonic, insn.rd, insn.rs1, insn.rs2, insn.imm].join(' ');
}
