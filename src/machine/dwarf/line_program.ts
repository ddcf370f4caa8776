// Line number programs: DWARF 2 to 5, section 6.2 of each. Bounded by the bytes that are there, and never throws.
import { Cursor } from './cursor.ts';

/** Rows by ascending address within a sequence of machine code; `line` 0 where there is none. */
export interface Sequence {
  readonly rows: readonly { readonly addr: number; readonly file: string; readonly line: number }[];
  /** First address past it. */
  readonly end: number;
}

export interface LineSections {
  readonly line: Uint8Array;
  readonly lineStr: Uint8Array;
  readonly str: Uint8Array;
}

const LNCT = { PATH: 1, DIRECTORY: 2 } as const;
const FORM = { BLOCK: 9, DATA1: 0x0b, DATA2: 5, DATA4: 6, DATA8: 7, DATA16: 0x1e } as const;
const FORM_TEXT = { STRING: 8, STRP: 0x0e, LINE_STRP: 0x1f, UDATA: 0x0f } as const;

interface Header {
  readonly minLength: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operands of the standard opcodes. */
  readonly operands: readonly number[];
  fileOf(index: number): string;
}

export function readLinePrograms(sections: LineSections): Sequence[] {
  const sequences: Sequence[] = [];
  const units = new Cursor(sections.line);
  while (!units.done) {
    const length = units.u32();
    const start = units.at;
    // The 64-bit format (0xffffffff) is not used for 32-bit code.
    if (units.skip(length) < 0) break;
    const unit = new Cursor(sections.line, start, start + length);
    const header = readHeader(unit, sections);
    if (header !== undefined) runProgram(unit, header, sequences);
  }
  return sequences;
}

function readHeader(unit: Cursor, sections: LineSections): Header | undefined {
  const version = unit.u16();
  if (version < 2 || version > 5) return undefined;
  if (version === 5) unit.skip(2);
  const program = unit.u32() + unit.at;
  const minLength = unit.u8();
  if (version >= 4) unit.u8();
  unit.u8();
  const [lineBase, lineRange, opcodeBase] = [unit.i8(), unit.u8(), unit.u8()];
  const operands = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => unit.u8());
  if (!unit.ok || lineRange === 0 || opcodeBase === 0) return undefined;
  const names = version === 5 ? namesOf5(unit, sections) : namesOf2(unit);
  if (!unit.ok || program < unit.at || program > unit.end) return undefined;
  unit.at = program;
  const { directories, files, first } = names;
  const fileOf = (index: number): string => {
    const file = files[index - first];
    if (file === undefined) return '?';
    const folder = directories[file.directory] ?? '';
    return file.name.startsWith('/') || folder === '' ? file.name : `${folder}/${file.name}`;
  };
  return { minLength, lineBase, lineRange, opcodeBase, operands, fileOf };
}

interface Names {
  readonly directories: readonly string[];
  readonly files: readonly { readonly name: string; readonly directory: number }[];
  /** Number of the first file. */
  readonly first: number;
}

function namesOf2(unit: Cursor): Names {
  // Directory 0 is the compiler's own, which is not named here.
  const directories = [''];
  for (let name = unit.text(); name !== '' && unit.ok; name = unit.text()) directories.push(name);
  const files: { name: string; directory: number }[] = [];
  for (let name = unit.text(); name !== '' && unit.ok; name = unit.text()) {
    files.push({ name, directory: unit.uleb() });
    unit.uleb();
    unit.uleb();
  }
  return { directories, files, first: 1 };
}

function namesOf5(unit: Cursor, sections: LineSections): Names {
  const directories = entries(unit, sections).map(({ name }, i, all) => {
    const base = all[0]?.name ?? '';
    return i === 0 || name.startsWith('/') || base === '' ? name : `${base}/${name}`;
  });
  return { directories, files: entries(unit, sections), first: 0 };
}

function entries(unit: Cursor, sections: LineSections): { name: string; directory: number }[] {
  const formats = Array.from({ length: unit.u8() }, () => [unit.uleb(), unit.uleb()] as const);
  const out: { name: string; directory: number }[] = [];
  if (formats.length === 0) {
    unit.uleb();
    return out;
  }
  for (let left = unit.uleb(); left > 0 && unit.ok; left--) {
    const entry = { name: '', directory: 0 };
    for (const [content, form] of formats) {
      const value = readForm(unit, form, sections);
      if (content === LNCT.PATH) entry.name = String(value);
      if (content === LNCT.DIRECTORY) entry.directory = Number(value);
    }
    out.push(entry);
  }
  return out;
}

function readForm(unit: Cursor, form: number, { lineStr, str }: LineSections): string | number {
  switch (form) {
    case FORM_TEXT.STRING:
      return unit.text();
    case FORM_TEXT.LINE_STRP:
      return new Cursor(lineStr, unit.u32()).text();
    case FORM_TEXT.STRP:
      return new Cursor(str, unit.u32()).text();
    case FORM_TEXT.UDATA:
      return unit.uleb();
    case FORM.DATA1:
      return unit.u8();
    case FORM.DATA2:
      return unit.u16();
    case FORM.DATA4:
      return unit.u32();
    case FORM.DATA8:
      return unit.skip(8);
    case FORM.DATA16:
      return unit.skip(16);
    case FORM.BLOCK:
      return unit.skip(unit.uleb());
    default:
      unit.ok = false;
      return 0;
  }
}

const STANDARD = {
  COPY: 1,
  ADVANCE_PC: 2,
  ADVANCE_LINE: 3,
  SET_FILE: 4,
  CONST_ADD_PC: 8,
  FIXED_ADVANCE_PC: 9,
} as const;
const EXTENDED = { END_SEQUENCE: 1, SET_ADDRESS: 2 } as const;

function runProgram(unit: Cursor, header: Header, sequences: Sequence[]): void {
  const { minLength, lineBase, lineRange, opcodeBase, operands, fileOf } = header;
  let rows: { addr: number; file: string; line: number }[] = [];
  let [addr, file, line] = [0, 1, 1];
  const emit = (): void => void rows.push({ addr, file: fileOf(file), line: Math.max(0, line) });
  const advance = (by: number): void => {
    addr = (addr + minLength * by) >>> 0;
  };
  while (!unit.done) {
    const opcode = unit.u8();
    if (opcode >= opcodeBase) {
      const special = opcode - opcodeBase;
      advance(Math.floor(special / lineRange));
      line += lineBase + (special % lineRange);
      emit();
    } else if (opcode === 0) {
      const length = unit.uleb();
      const next = unit.at + length;
      const kind = length === 0 ? 0 : unit.u8();
      if (kind === EXTENDED.SET_ADDRESS && length === 5) addr = unit.u32();
      if (kind === EXTENDED.END_SEQUENCE) {
        if (rows.length > 0) sequences.push({ rows, end: addr });
        rows = [];
        [addr, file, line] = [0, 1, 1];
      }
      if (next > unit.end) return;
      unit.at = next;
    } else if (opcode === STANDARD.COPY) emit();
    else if (opcode === STANDARD.ADVANCE_PC) advance(unit.uleb());
    else if (opcode === STANDARD.ADVANCE_LINE) line += unit.sleb();
    else if (opcode === STANDARD.SET_FILE) file = unit.uleb();
    else if (opcode === STANDARD.CONST_ADD_PC) advance(Math.floor((255 - opcodeBase) / lineRange));
    else if (opcode === STANDARD.FIXED_ADVANCE_PC) addr = (addr + unit.u16()) >>> 0;
    else for (let left = operands[opcode - 1] ?? 0; left > 0; left--) unit.uleb();
  }
}
