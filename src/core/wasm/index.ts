// A small encoder of WebAssembly modules, for code that is generated at run time, in browsers too.

export { FunctionBuilder, type Label, type ValueType } from './function.ts';
export { type MemoryLimits, ModuleBuilder } from './module.ts';
export type { LaneOp, MemoryLaneOp, MemoryOp, PlainOp } from './opcodes.ts';
