// Frame of the programs that are compared with QEMU: the code, then an epilogue that hands out the dump area.

import { assembleSpec, makeElf, TEXT_BASE } from './asm.ts';

/** The dump area: programs leave their results here. Registers x1..x31 are saved at its start where `regs` are kept. */
export const DUMP_BASE = 0x40000;

export interface QemuVector {
  readonly name: string;
  /** Base64 of the code, a multiple of 4 bytes, which runs from TEXT_BASE and falls through its end. */
  readonly code: string;
  /** Size of the dump area, and BLAKE3 of its content at the end. */
  readonly dumpBytes: number;
  readonly dumpDigest: string;
  /** Final x1..x31 as 8 hex digits each, for programs that save them. */
  readonly regs?: string;
}

/** Linux: write(1, dump), exit(0). Wisp: write(3, dump), halt(0, dump). */
const CALLS = { linux: [64, 1, 93], wisp: [3, 3, 0] } as const;

export function frame(code: Uint8Array, dumpBytes: number, system: keyof typeof CALLS): Uint8Array {
  const [write, fd, exit] = CALLS[system];
  const epilogue = assembleSpec(
    `li a7, ${write}; li a0, ${fd}; li a1, ${DUMP_BASE}; li a2, ${dumpBytes}; ecall; li a7, ${exit}; li a0, 0; ecall`,
  );
  const tail = epilogue.segments[0]!.bytes;
  const text = new Uint8Array(code.length + tail.length);
  text.set(code);
  text.set(tail, code.length);
  return makeElf({
    entry: TEXT_BASE,
    pageAligned: true,
    segments: [
      { addr: TEXT_BASE, bytes: text, executable: true },
      { addr: DUMP_BASE, bytes: new Uint8Array(0), memSize: dumpBytes, writable: true },
    ],
  });
}
