// The machine: load, lower, execute. See each file's head for its part.

export { CHIP_RECORDS, CHIPS, type ChipName, OP, OP_NAMES, type OpName } from '../core/isa.ts';
export { FIRST_CELL_FIELDS, type SegmentCells } from './cells.ts';
export { type Instruction, MNEMONICS, type Mnemonic } from './decode.ts';
export { type Elf, ElfError, loadElf } from './elf.ts';
export type { EngineName } from './engine.ts';
export { MachineError } from './errors.ts';
export { type ExecuteOptions, type Execution, execute, type Outcome } from './execute.ts';
export { type KeptRun, type KeptRunOptions, keepRun } from './kept_run.ts';
export { buildProgram, type ImageTable, imageTable, PROGRAM_COLUMNS, type Program } from './lower.ts';
export type { ChipRecords } from './records.ts';
export {
  type CutRun,
  MAX_SEGMENT_STEPS,
  type RunOptions,
  type RunResult,
  recordSegment,
  type SegmentCut,
  type SegmentRecords,
  startRun,
} from './segments.ts';
export { translate } from './translate/translation.ts';
export {
  type RecordPool,
  RecordPoolError,
  type RecordPoolOptions,
  type RecordThread,
  recordPool,
} from './worker/pool.ts';
