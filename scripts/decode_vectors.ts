// Regenerates test/machine/vectors/decode.json: what GNU objdump says of encodings, in the form that the decoder tests
// read. Needs riscv64-unknown-elf-objdump. Samples are kept as text; all encodings enter one digest.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake3 } from '@noble/hashes/blake3.js';
import { MNEMONICS } from '../src/machine/decode.ts';
import { compressedWords, describeWord, wideWords } from '../test/machine/decode_words.ts';

const known = new Set<string>(MNEMONICS);
const number = (text: string | undefined): number => Number(text) | 0;
const register = (text: string | undefined): number => Number((text ?? '').slice(1));

/** `off(reg)` as [off, reg]. */
function indirect(text: string | undefined): [number, number] {
  const m = /^(-?\d*)\(x(\d+)\)$/.exec(text ?? '')!;
  return [Number(m[1] || 0), Number(m[2])];
}

/** Base form of a compressed instruction's text. */
function expandCompressed(name: string, ops: string[], pc: number): [string, string[]] {
  const relative = (t: string | undefined): string => String((Number.parseInt(t ?? '', 16) | 0) - pc);
  const at = (t: string | undefined): string[] => {
    const [off, r] = indirect(t);
    return [`x${r}`, String(off)];
  };
  const [a = '', b = ''] = ops;
  switch (name) {
    case 'addi4spn':
      return ['addi', ops];
    case 'addi':
    case 'andi':
      return [name, [a, a, b]];
    case 'slli':
    case 'srli':
    case 'srai':
      return Number(b) > 31 ? ['none', []] : [name, [a, a, b]];
    case 'slli64':
    case 'srli64':
    case 'srai64':
      return [name.slice(0, 4), [a, a, '0']]; // shift by 0: a hint
    case 'addi16sp':
      return ['addi', [a, a, b]];
    case 'nop':
      return ['addi', ['x0', 'x0', a === '' ? '0' : a]];
    case 'li':
      return ['addi', [a, 'x0', b]];
    case 'lui':
      return ['lui', [a, b]];
    case 'mv':
      return ['add', [a, 'x0', b]];
    case 'add':
    case 'sub':
    case 'xor':
    case 'or':
    case 'and':
      return [name, [a, a, b]];
    case 'lw':
    case 'lwsp':
      return ['lw', [a, ...at(b)]];
    case 'sw':
    case 'swsp':
      return ['sw', [a, ...at(b)]];
    case 'j':
      return ['jal', ['x0', relative(a)]];
    case 'jal':
      return ['jal', ['x1', relative(a)]];
    case 'jr':
      return ['jalr', ['x0', a, '0']];
    case 'jalr':
      return ['jalr', ['x1', a, '0']];
    case 'beqz':
    case 'bnez':
      return [name.slice(0, 3), [a, 'x0', relative(b)]];
    case 'ebreak':
      return ['ebreak', []];
    default:
      return ['none', []];
  }
}

/** One objdump line's instruction as `mnemonic rd rs1 rs2 imm`, or `-`. */
function normalize(mnemonic: string, operands: string, pc: number): string {
  let name = mnemonic.replace(/\.(aq|rl|aqrl)$/, '');
  let ops = operands
    .replace(/\s*[<#].*$/, '')
    .split(',')
    .filter((o) => o !== '');
  if (name === 'fence.tso' || name === 'pause') name = 'fence';
  const compressed = name.startsWith('c.');
  if (compressed) [name, ops] = expandCompressed(name.slice(2), ops, pc);
  if (!known.has(name)) return '-';
  const text = (rd: number, rs1: number, rs2: number, imm: number): string => [name, rd, rs1, rs2, imm].join(' ');
  const [a, b, c] = ops;
  const relative = (t: string | undefined): number =>
    compressed ? number(t) : (Number.parseInt(t ?? '', 16) | 0) - pc;
  if (name === 'lui' || name === 'auipc') {
    const upper = Number(b);
    return text(register(a), 0, 0, (upper << 12) | 0);
  }
  if (name === 'jal') return text(register(a), 0, 0, relative(b));
  if (/^b(eq|ne|lt|ge)u?$/.test(name)) return text(0, register(a), register(b), relative(c));
  if (/^(l[bhw]u?|jalr|s[bhw])$/.test(name)) {
    const [base, off] = compressed ? [register(b), number(c)] : indirect(b).toReversed();
    return name.startsWith('s') ? text(0, base!, register(a), off!) : text(register(a), base!, 0, off!);
  }
  if (name === 'lr.w') return text(register(a), indirect(b)[1], 0, 0);
  if (name.endsWith('.w')) return text(register(a), indirect(c)[1], register(b), 0);
  if (/^(fence|fence.i|ecall|ebreak)$/.test(name)) return text(0, 0, 0, 0);
  if (/^(add|slt|sltu|xor|or|and|sll|srl|sra)i?u?$/.test(name) && !c?.startsWith('x')) {
    const imm = number(c);
    return /^s(ll|rl|ra)i$/.test(name) && (imm < 0 || imm > 31) ? '-' : text(register(a), register(b), 0, imm);
  }
  return text(register(a), register(b), register(c), 0);
}

function disassemble(words: readonly number[]): string[] {
  const file = join(mkdtempSync(join(tmpdir(), 'decode-')), 'words.bin');
  const bytes = new Uint8Array(8 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, w] of words.entries()) {
    view.setUint32(8 * i, (w & 3) === 3 ? w : w | 0x00010000, true);
    view.setUint32(8 * i + 4, 0x00010001, true);
  }
  writeFileSync(file, bytes);
  const args = ['-D', '-b', 'binary', '-m', 'riscv:rv32', '-M', 'no-aliases,numeric', file];
  const out = execFileSync('riscv64-unknown-elf-objdump', args, { maxBuffer: 2 ** 28, encoding: 'utf8' });
  const lines = new Map<number, string>();
  for (const line of out.split('\n')) {
    const [addr, , mnemonic, operands] = line.split('\t');
    const pc = Number.parseInt(addr ?? '', 16);
    if (mnemonic !== undefined && pc % 8 === 0) lines.set(pc, normalize(mnemonic.trim(), operands ?? '', pc));
  }
  return words.map((_, i) => lines.get(8 * i) ?? '-');
}

/** Where the manual says other than objdump: reserved c.addi16sp 0, and fence fields, which are to be ignored. */
function manual(word: number): string | undefined {
  if (word === 0x6101) return '-';
  if ((word & 0x7f) === 0x0f && ((word >>> 12) & 7) < 2) return `fence${(word >>> 12) & 7 ? '.i' : ''} 0 0 0 0`;
  return undefined;
}

const result: Record<string, unknown> = {};
for (const [name, words, step] of [
  ['compressed', compressedWords(), 61],
  ['wide', wideWords(), 43],
] as const) {
  const texts = disassemble(words).map((text, i) => manual(words[i]!) ?? text);
  let shown = 0;
  for (const [i, text] of texts.entries()) {
    const ours = describeWord(words[i]!);
    if (ours !== text && shown++ < 20)
      console.log(`${name} ${words[i]!.toString(16)}: objdump ${text}, decoder ${ours}`);
  }
  const digest = Buffer.from(blake3(new TextEncoder().encode(texts.join('\n')))).toString('hex');
  const samples = words.map((w, i) => `${w.toString(16)} ${texts[i]}`).filter((_, i) => i % step === 0);
  result[name] = { count: words.length, digest, samples };
}
const target = new URL('../test/machine/vectors/decode.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(result, null, 0)}\n`);
