import { WispError } from '../../core/errors.ts';

export type StfErrorCode = 'stf_missing' | 'stf_panicked' | 'block_closed' | 'tree_mismatch' | 'no_header';

export class StfError extends WispError {
  declare readonly code: StfErrorCode;

  constructor(code: StfErrorCode, message: string) {
    super(code, message);
  }
}
