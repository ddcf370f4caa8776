// What a pool and its worker threads say to each other: plain data, rows by transfer.

import type { ChipName } from '../../core/isa.ts';
import type { EngineName } from '../engine.ts';
import type { Program } from '../lower.ts';
import type { ChipRecords } from '../records.ts';
import { recordSegment, type SegmentCut, type SegmentRecords } from '../segments.ts';
import { adoptModule } from '../translate/translation.ts';

/** Once, before the first segment. */
export interface StartMessage {
  readonly kind: 'start';
  readonly program: Program;
  readonly input: Uint8Array;
  readonly engine: EngineName | undefined;
  /** The program's translation with records, so that threads need not make it again. */
  readonly module: WebAssembly.Module | undefined;
}

export interface SegmentMessage {
  readonly kind: 'segment';
  readonly cut: SegmentCut;
}

export type Request = StartMessage | SegmentMessage;

export type Reply =
  | { readonly kind: 'records'; readonly result: SegmentRecords }
  | { readonly kind: 'failure'; readonly message: string };

/** A thread's side: takes requests and returns replies with the buffers to transfer. */
export function recordServer(): (request: Request) => { reply: Reply; transfer: ArrayBuffer[] } | undefined {
  let start: StartMessage | undefined;
  return (request) => {
    if (request.kind === 'start') {
      start = request;
      if (start.module) adoptModule(start.program, 'records', start.module);
      return undefined;
    }
    try {
      if (!start) throw new Error('a segment before the program');
      const { program, input, engine } = start;
      const result = recordSegment(program, input, request.cut, engine === undefined ? {} : { engine });
      return { reply: { kind: 'records', result }, transfer: buffersOf(result) };
    } catch (e) {
      return { reply: { kind: 'failure', message: e instanceof Error ? e.message : String(e) }, transfer: [] };
    }
  };
}

function buffersOf({ records, finalClk }: SegmentRecords): ArrayBuffer[] {
  const rows = Object.values<ChipRecords>(records satisfies Readonly<Record<ChipName, ChipRecords>>);
  return [...rows.map(({ data }) => data), finalClk].map(({ buffer }) => buffer as ArrayBuffer);
}
