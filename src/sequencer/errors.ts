// Refusals that a client sees. The words are go-ethereum's where it has words for the case: tools match on them.
import { WispError } from '../core/errors.ts';

export type SequencerErrorCode =
  | 'invalid_rlp'
  | 'invalid_transaction'
  | 'type_not_supported'
  | 'invalid_sender'
  | 'invalid_chain_id'
  | 'oversized_data'
  | 'already_known'
  | 'nonce_too_low'
  | 'nonce_too_high'
  | 'underpriced'
  | 'replacement_underpriced'
  | 'pool_full'
  | 'sender_limit'
  | 'insufficient_funds'
  | 'intrinsic_gas'
  | 'gas_limit'
  | 'fee_cap_too_low'
  | 'tip_above_fee_cap'
  | 'init_code_too_big'
  | 'stopping'
  | 'wal_damaged'
  | 'wal_locked'
  | 'database_failed'
  | 'replay_mismatch'
  | 'genesis_mismatch'
  | 'follow_failed'
  | 'queue_failed'
  | 'bad_config';

export class SequencerError extends WispError {
  declare readonly code: SequencerErrorCode;

  constructor(code: SequencerErrorCode, message: string) {
    super(code, message);
  }
}
