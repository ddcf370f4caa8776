// Checks of a transaction by itself, before its signature costs anything. In go-ethereum's words.
import { intrinsicGas, type Transaction } from '../chain/transaction.ts';
import { SequencerError } from '../errors.ts';

/** EIP-3860. */
const MAX_INIT_CODE_BYTES = 49_152;

/** EIP-7825. */
const MAX_TRANSACTION_GAS = 16_777_216n;

export interface AdmissionRules {
  readonly chainId: bigint;
  readonly baseFee: bigint;
  /** Of a block. */
  readonly gasLimit: bigint;
}

export function checkAdmission(tx: Transaction, { chainId, baseFee, gasLimit }: AdmissionRules): void {
  if (tx.chainId === undefined) {
    throw new SequencerError('invalid_chain_id', 'only replay-protected (EIP-155) transactions allowed over RPC');
  }
  if (tx.chainId !== chainId) {
    throw new SequencerError('invalid_chain_id', `invalid chain id for signer: have ${tx.chainId} want ${chainId}`);
  }
  if (tx.nonce === 2n ** 64n - 1n) throw new SequencerError('nonce_too_high', 'nonce has max value');
  if (tx.gasLimit > gasLimit) throw new SequencerError('gas_limit', 'exceeds block gas limit');
  if (tx.gasLimit > MAX_TRANSACTION_GAS) {
    const message = `transaction gas limit too high (cap: ${MAX_TRANSACTION_GAS}, tx: ${tx.gasLimit})`;
    throw new SequencerError('gas_limit', message);
  }
  if (tx.to === undefined && tx.data.length > MAX_INIT_CODE_BYTES) {
    throw new SequencerError(
      'init_code_too_big',
      `max initcode size exceeded: code size ${tx.data.length} limit ${MAX_INIT_CODE_BYTES}`,
    );
  }
  const { maxFeePerGas, maxPriorityFeePerGas } = tx;
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw new SequencerError(
      'tip_above_fee_cap',
      `max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: ${maxPriorityFeePerGas}, maxFeePerGas: ${maxFeePerGas}`,
    );
  }
  if (maxFeePerGas < baseFee) {
    throw new SequencerError(
      'fee_cap_too_low',
      `max fee per gas less than block base fee: maxFeePerGas: ${maxFeePerGas}, baseFee: ${baseFee}`,
    );
  }
  const least = intrinsicGas(tx);
  if (tx.gasLimit < least) {
    throw new SequencerError('intrinsic_gas', `intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${least}`);
  }
}
