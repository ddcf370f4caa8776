// A signature thread: hashes transactions and recovers their senders.
import { parentPort } from 'node:worker_threads';
import { keccak256 } from '../chain/keccak.ts';
import { nameThread } from '../cpu.ts';
import { ANSWER_BYTES, type RecoverReply, type RecoverRequest } from './protocol.ts';
import { recoverSender } from './recover.ts';

nameThread('signatures');

/** Undefined also of what does not decode. */
function senderOf(raw: Uint8Array): Uint8Array | undefined {
  try {
    return recoverSender({ raw });
  } catch {
    return undefined;
  }
}

parentPort?.on('message', ({ id, bytes, lengths }: RecoverRequest) => {
  const answers = new Uint8Array(ANSWER_BYTES * lengths.length);
  let at = 0;
  lengths.forEach((length, i) => {
    const raw = bytes.subarray(at, at + length);
    at += length;
    answers.set(keccak256(raw), ANSWER_BYTES * i);
    const sender = senderOf(raw);
    if (sender !== undefined) answers.set(sender, ANSWER_BYTES * i + 32);
  });
  const reply: RecoverReply = { id, answers };
  parentPort?.postMessage(reply, [answers.buffer]);
});
