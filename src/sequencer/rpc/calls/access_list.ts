// eth_createAccessList: runs the message until the list does not change any more.
import { bytesEqual, toHex, toQuantity } from '../../chain/bytes.ts';
import type { AccessListEntry } from '../../chain/transaction.ts';
import { type Place, readPlaces } from '../../stf/trace.ts';
import { LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from '../errors.ts';
import { gasOf } from './estimate.ts';
import type { Message, Overrides } from './job.ts';
import { haltWords, refusalWords } from './outcome.ts';
import { prepare, type Reader } from './reader.ts';

/** Addresses of precompiles: 1 to 17, and that of P256VERIFY (256). */
const isPrecompile = (address: Uint8Array): boolean => {
  if (address.subarray(0, 18).some((byte) => byte !== 0)) return false;
  const number = (address[18] as number) * 256 + (address[19] as number);
  return (number >= 1 && number <= 17) || number === 256;
};

const MAX_ROUNDS = 8;
/** No tracer of places is stopped by this. */
const PLACE_BYTES = 2 ** 30;

function listOf(
  places: readonly Place[],
  given: readonly AccessListEntry[],
  warm: readonly Uint8Array[],
): AccessListEntry[] {
  const entries = new Map<string, { address: Uint8Array; slots: Map<string, Uint8Array> }>();
  const entryOf = (address: Uint8Array): { address: Uint8Array; slots: Map<string, Uint8Array> } => {
    const key = toHex(address);
    const entry = entries.get(key) ?? { address, slots: new Map() };
    entries.set(key, entry);
    return entry;
  };
  for (const { address, slots } of given) {
    const entry = entryOf(address);
    for (const slot of slots) entry.slots.set(toHex(slot), slot);
  }
  for (const { address, slot } of places) {
    // Those are warm anyway; what they store is not.
    if (slot === undefined && (isPrecompile(address) || warm.some((known) => bytesEqual(known, address)))) continue;
    const entry = entryOf(address);
    if (slot !== undefined) entry.slots.set(toHex(slot), slot);
  }
  return [...entries.values()].map(({ address, slots }) => ({ address, slots: [...slots.values()] }));
}

const sizeOf = (list: readonly AccessListEntry[]): number => list.reduce((sum, { slots }) => sum + 1 + slots.length, 0);

export function createAccessList(reader: Reader, number: bigint, message: Message, overrides: Overrides): object {
  const { from, to, accessList: given = [] } = message;
  let list: readonly AccessListEntry[] = given;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const prepared = prepare(reader, number, { ...message, accessList: list }, overrides);
    const request = prepared.request(gasOf(reader, message));
    const traced = reader.stf.traceCall(prepared.env, prepared.state, request, {
      kind: 'places',
      maxBytes: PLACE_BYTES,
    });
    if ('invalid' in traced) throw new RpcError(SERVER_ERROR, refusalWords(traced.invalid));
    const next = listOf(readPlaces(traced.events), given, to === undefined ? [from] : [from, to]);
    if (sizeOf(next) === sizeOf(list)) {
      const { receipt } = traced;
      const error =
        receipt.status === 1 ? undefined : receipt.halt === '' ? 'execution reverted' : haltWords(receipt.halt);
      return {
        accessList: list.map(({ address, slots }) => ({ address: toHex(address), storageKeys: slots.map(toHex) })),
        gasUsed: toQuantity(receipt.gasUsed),
        ...(error === undefined ? {} : { error }),
      };
    }
    list = next;
  }
  throw new RpcError(LIMIT_EXCEEDED, 'the access list does not settle');
}
