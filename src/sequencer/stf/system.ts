// Contracts that are there from the genesis on.

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** Whoever calls it sends a message to the L1: value and call data. The value stays here, for the L1 to pay out. */
export const MESSENGER: Uint8Array = fromHex('0000000000000000000000000000000000008008');

/**
 * Logs (topic, caller; value ‖ call data), topic = Keccak-256("Message(address,uint256,bytes)"):
 *
 * ```
 * CALLVALUE PUSH0 MSTORE                          memory[0..32] = value
 * CALLDATASIZE PUSH0 PUSH1 32 CALLDATACOPY        memory[32..] = call data
 * CALLER PUSH32 topic
 * CALLDATASIZE PUSH1 32 ADD PUSH0 LOG2 STOP       log2(0, 32 + size, topic, caller)
 * ```
 */
const TOPIC = '66e7e6a7271f241b3984665efcb646635ed452b2b87ac963df0722b67b2f94e7';
const MESSENGER_CODE = fromHex(`345f52365f602037337f${TOPIC}366020015fa200`);

export interface SystemContract {
  readonly address: Uint8Array;
  readonly code: Uint8Array;
}

export const SYSTEM_CONTRACTS: readonly SystemContract[] = [{ address: MESSENGER, code: MESSENGER_CODE }];
