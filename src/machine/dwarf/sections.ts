// Debug sections of an executable, by name. Anything out of order is as if it were not there.
import { Cursor } from './cursor.ts';

const SHF_COMPRESSED = 0x800;
const SHT_NOBITS = 8;

export function sectionsByName(elf: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const head = new Cursor(elf, 32);
  const table = head.u32();
  head.skip(10);
  const [size, count, names] = [head.u16(), head.u16(), head.u16()];
  if (!head.ok || table === 0 || size < 40) return found;
  const read = (index: number): { name: number; flags: number; bytes: Uint8Array } => {
    const row = new Cursor(elf, table + index * size);
    const [name, type, flags] = [row.u32(), row.u32(), row.u32()];
    row.u32();
    const [offset, length] = [row.u32(), row.u32()];
    const isThere = row.ok && type !== SHT_NOBITS && offset + length <= elf.length;
    return { name, flags, bytes: isThere ? elf.subarray(offset, offset + length) : new Uint8Array(0) };
  };
  const strings = read(names).bytes;
  for (let i = 0; i < count; i++) {
    const { name, flags, bytes } = read(i);
    if (bytes.length > 0 && (flags & SHF_COMPRESSED) === 0) found.set(new Cursor(strings, name).text(), bytes);
  }
  return found;
}
