import { WispError } from '../core/errors.ts';

export type VerificationCode =
  | 'wrong_program'
  | 'bad_heights'
  | 'bad_shape'
  | 'weak_parameters'
  | 'insufficient_work'
  | 'relations_unbalanced'
  | 'constraints_unsatisfied'
  | 'bad_opening'
  | 'bad_fri_opening'
  | 'fri_mismatch';

/** A well-formed proof that does not hold, with what was expected and found where that helps. */
export class VerificationError extends WispError {
  readonly expected: string | undefined;
  readonly got: string | undefined;

  constructor(code: VerificationCode, message: string, expected?: string | number, got?: string | number) {
    super(code, expected === undefined ? message : `${message}: expected ${expected}, got ${got}`);
    this.expected = expected === undefined ? undefined : `${expected}`;
    this.got = got === undefined ? undefined : `${got}`;
  }
}
