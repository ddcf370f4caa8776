import { WispError } from '../src/core/errors.ts';

export type ProverErrorCode =
  | 'bad_record'
  | 'bad_witness'
  /** A table has too many rows, or the clock runs too far: shorter segments help. */
  | 'too_long'
  | 'too_many_segments'
  | 'refused'
  | 'device'
  | 'run_changed'
  | 'out_of_memory';

/** A proof could not be made. */
export class ProverError extends WispError {
  constructor(code: ProverErrorCode, message: string) {
    super(code, message);
  }
}
