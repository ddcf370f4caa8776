// What the signature threads and their pool say to each other. A batch travels as one buffer each way.

export interface RecoverRequest {
  readonly id: number;
  /** Raw transactions, one after another. */
  readonly bytes: Uint8Array;
  readonly lengths: readonly number[];
}

/** Bytes of an answer: the transaction's hash, then its sender, zero where the signature is nobody's. */
export const ANSWER_BYTES = 52;

export interface RecoverReply {
  readonly id: number;
  readonly answers: Uint8Array;
}
