// What is typed into the page as a program's input, as bytes, and journals as text.

export const INPUT_KINDS = ['number', 'numbers', 'text', 'hex', 'file', 'none'] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

/** A typed input that is none of its kind; the message is for people. */
export class InputError extends Error {}

const U32_END = 2 ** 32;

function u32s(text: string): number[] {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  return words.map((word) => {
    const value = Number(word);
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(word) || value >= U32_END)
      throw new InputError(`"${word}" is no whole number from 0 to 4294967295`);
    return value;
  });
}

const littleEndian = (words: readonly number[]): Uint8Array =>
  Uint8Array.from(words.flatMap((w) => [w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24]));

/** Throws `InputError`. */
export function encodeInput(kind: Exclude<InputKind, 'file'>, text: string): Uint8Array {
  if (kind === 'none') return new Uint8Array(0);
  if (kind === 'text') return new TextEncoder().encode(text);
  if (kind === 'hex') {
    const digits = text.replace(/^0x|[\s:]/gi, '');
    if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new InputError('this is not hexadecimal: two digits for each byte');
    return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  }
  const words = u32s(text);
  if (kind === 'number' && words.length !== 1) throw new InputError('one number is needed');
  return littleEndian(words);
}

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** Other readings of a journal than its bytes: a number, or text, where it looks like one. */
export function readings(journal: Uint8Array): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  if (journal.length === 4)
    found.push(['as a number', String(new DataView(journal.buffer, journal.byteOffset, 4).getUint32(0, true))]);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(journal);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells text from other bytes
    if (text !== '' && !/[\x00-\x08\x0e-\x1f\x7f]/.test(text)) found.push(['as text', text]);
  } catch {
    // Not text.
  }
  return found;
}
