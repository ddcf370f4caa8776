// A whole program as a WebAssembly module: its regions, and a function that goes from one to the next.

import { CHIPS, MAX_CLK_GAP } from '../../core/isa.ts';
import { ModuleBuilder } from '../../core/wasm/index.ts';
import { type Blocks, blocksOf, endsBlock } from '../blocks.ts';
import type { Program } from '../lower.ts';
import { TOUCHED } from '../state.ts';
import { emitPlace } from './access.ts';
import {
  type Form,
  type Layout,
  LOG_LENGTH,
  layoutOf,
  PAGE_BYTES,
  REGION_SHIFT,
  type Region,
  regionsOf,
} from './layout.ts';
import { plainBlocks } from './plain.ts';
import { emitRegion, type RegionContext } from './region.ts';
import { rowBlocks } from './rows.ts';

/** What the module imports from `host`, beside `memory`. */
export interface HostFunctions {
  readonly touch: (address: number, idx: number) => number;
  readonly checkStore: (address: number, idx: number) => void;
  readonly resolve: (target: number, idx: number) => number;
}

export interface Translation {
  readonly form: Form;
  readonly module: WebAssembly.Module;
}

/** Where a program's blocks are: the same for every translation of it. */
export interface Places {
  readonly layout: Layout;
  readonly blocks: Blocks;
  readonly regions: readonly Region[];
  /** Starts of all blocks, ascending. */
  readonly starts: Uint32Array;
  /** Per micro-op: id of the block that starts there, or ~micro-op. */
  readonly targets: Int32Array;
}

const known = new WeakMap<Program, Partial<Record<Form, Places>>>();

export function placesOf(program: Program, form: Form): Places {
  let places = known.get(program);
  if (places === undefined) {
    places = {};
    known.set(program, places);
  }
  places[form] ??= findPlaces(program, form);
  return places[form];
}

function findPlaces(program: Program, form: Form): Places {
  const blocks = blocksOf(program);
  const regions = regionsOf(program, blocks, (last) => !endsBlock(program, last) || isBranch(program, last));
  const targets = Int32Array.from({ length: program.length }, (_, idx) => ~idx);
  const starts: number[] = [];
  for (const { index, blocks: list } of regions) {
    for (const [number, [start]] of list.entries()) {
      targets[start] = (index << REGION_SHIFT) | number;
      starts.push(start);
    }
  }
  return { layout: layoutOf(program, starts.length, form), blocks, regions, starts: Uint32Array.from(starts), targets };
}

function isBranch(program: Program, idx: number): boolean {
  return program.columns.rd[idx] === 0 && program.chip[idx]! < CHIPS.length;
}

/** The module's bytes. It exports `run`: block id to what a region returns below 0. */
export function encodeTranslation(program: Program, form: Form): Uint8Array<ArrayBuffer> {
  const { layout, regions, starts, targets } = placesOf(program, form);
  const module = new ModuleBuilder();
  const touch = module.importFunction('host', 'touch', ['i32', 'i32'], ['i32']);
  const checkStore = module.importFunction('host', 'checkStore', ['i32', 'i32']);
  const resolve = module.importFunction('host', 'resolve', ['i32', 'i32'], ['i32']);
  module.importMemory('host', 'memory', { min: 1 });
  const counters = new Map(Array.from(starts, (start, i) => [start, i]));
  const context: RegionContext = {
    program,
    layout,
    idOf: (idx) => targets[idx]!,
    resolve,
    counterOf: (idx) => counters.get(idx)!,
  };

  const refresh = form === 'records' ? defineRefresh(module, layout) : 0;
  const touchBy = (size: 1 | 2 | 4): number => (form === 'plain' ? defineTouch(module, layout, size, touch) : touch);
  const functions = { touch: { 1: touchBy(1), 2: touchBy(2), 4: touchBy(4) }, checkStore, refresh };
  module.table(regions.length);
  const entries = regions.map((region) => {
    const { index, body } = module.function(['i32'], ['i32']);
    const emitter =
      form === 'plain' ? plainBlocks(body, region, context, functions) : rowBlocks(body, region, context, functions);
    emitRegion(body, region, context, emitter);
    return index;
  });
  module.elements(0, entries);

  const { index, body } = module.function(['i32'], ['i32']);
  const again = body.loop();
  body.get(0).i32(0xffff).op('i32.and').get(0).i32(REGION_SHIFT).op('i32.shr_u');
  body.callIndirect(module.type(['i32'], ['i32'])).tee(0);
  body.i32(0).op('i32.ge_s').brIf(again).end().get(0);
  module.export('run', 'function', index);
  return module.finish();
}

/** The first access to a word in a segment: marks and logs it; what else there may be, `touch` of TypeScript does. */
function defineTouch(module: ModuleBuilder, layout: Layout, size: number, slow: number): number {
  const { index, body: f } = module.function(['i32', 'i32'], ['i32']);
  const [address, idx] = [0, 1];
  const [place, end] = [f.local('i32'), f.local('i32')];
  emitPlace(f, layout, address, -4);
  f.tee(place).i32(layout.heap).op('i32.lt_u');
  f.get(address)
    .i32(size - 1)
    .op('i32.and')
    .op('i32.or');
  f.i32(0)
    .memory('i32.load', layout.logEnd)
    .tee(end)
    .i32(layout.log + 8 * LOG_LENGTH)
    .op('i32.eq')
    .op('i32.or');
  f.if('i32');
  f.get(address).get(idx).call(slow);
  f.else();
  f.get(end).get(address).i32(2).op('i32.shr_u').memory('i32.store');
  f.get(end).get(place).memory('i32.load').memory('i32.store', 4);
  f.i32(0).get(end).i32(8).op('i32.add').memory('i32.store', layout.logEnd);
  f.get(place).i32(TOUCHED).memory('i32.store', PAGE_BYTES);
  f.get(place).end();
  return index;
}

/** Writes a refresh row; the gap is too long, so the earliest clock near enough lies behind the previous one. */
function defineRefresh(module: ModuleBuilder, layout: Layout): number {
  const { index, body: f } = module.function(['i32', 'i32', 'i32', 'i32'], ['i32']);
  const end = f.local('i32');
  const at = layout.rowEnds + 4 * CHIPS.indexOf('refresh');
  const [cell, value, prev, time] = [0, 1, 2, 3];
  f.get(time).i32(MAX_CLK_GAP).op('i32.sub').set(time);
  f.i32(0).memory('i32.load', at).set(end);
  for (const [i, field] of [cell, value, prev, time].entries())
    f.get(end)
      .get(field)
      .memory('i32.store', 4 * i);
  f.i32(0).get(end).i32(16).op('i32.add').memory('i32.store', at);
  f.get(time);
  return index;
}

const translations = new WeakMap<Program, Partial<Record<Form, WebAssembly.Module>>>();

/** The program's module, compiled once; undefined where that is not possible at once (or at all). */
export function moduleOf(program: Program, form: Form): WebAssembly.Module | undefined {
  const modules = modulesOf(program);
  if (modules[form] === undefined) {
    try {
      modules[form] = new WebAssembly.Module(encodeTranslation(program, form));
    } catch (e) {
      if (!isRefusal(e)) throw e;
    }
  }
  return modules[form];
}

/** Compiles what `moduleOf` returns then without waiting: where a page's main thread must not compile large modules. */
export async function translate(program: Program, form: Form): Promise<void> {
  const modules = modulesOf(program);
  modules[form] ??= await WebAssembly.compile(encodeTranslation(program, form));
}

/** Gives a program the module that another thread has compiled for it. */
export function adoptModule(program: Program, form: Form, module: WebAssembly.Module): void {
  modulesOf(program)[form] = module;
}

function modulesOf(program: Program): Partial<Record<Form, WebAssembly.Module>> {
  let modules = translations.get(program);
  if (modules === undefined) {
    modules = {};
    translations.set(program, modules);
  }
  return modules;
}

/** No WebAssembly here, code generation forbidden, or too large to compile synchronously; not an invalid module. */
function isRefusal(e: unknown): boolean {
  if (typeof WebAssembly === 'undefined') return true;
  return (
    e instanceof RangeError || (e instanceof WebAssembly.CompileError && /disallowed|blocked|embedder/i.test(e.message))
  );
}
