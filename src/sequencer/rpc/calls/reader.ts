// What jobs run on: a state transition and the database, which has the block that a job names.
import type { Block } from '../../chain/block.ts';
import type { BlockEnv, CallRequest, CallResult, StateReader } from '../../contract.ts';
import type { FullStf } from '../../stf/index.ts';
import type { BlockStore } from '../../storage/blocks.ts';
import type { Tables } from '../../storage/database.ts';
import { NOT_FOUND, RpcError } from '../errors.ts';
import type { CallLimits, Message, Overrides } from './job.ts';
import { overridden, overriddenEnv } from './overrides.ts';

export interface Reader {
  readonly stf: FullStf;
  readonly tables: Tables;
  readonly blocks: BlockStore;
  readonly limits: CallLimits;
  /** The state after a block. */
  stateAt(number: bigint): StateReader;
}

export function blockOf({ blocks }: Reader, number: bigint): Block {
  const block = blocks.block(number);
  if (block === undefined) throw new RpcError(NOT_FOUND, 'header not found');
  return block;
}

/** A message where it is to run, any number of times. */
export interface Prepared {
  readonly env: BlockEnv;
  readonly state: StateReader;
  request(gasLimit: bigint): CallRequest;
  run(gasLimit: bigint): CallResult;
}

export function prepare(reader: Reader, number: bigint, message: Message, overrides: Overrides): Prepared {
  const env = overriddenEnv(blockOf(reader, number).env, overrides.block);
  const state = overridden(reader.stateAt(number), overrides.accounts);
  const request = (gasLimit: bigint): CallRequest => ({ ...message, gasLimit });
  return { env, state, request, run: (gasLimit) => reader.stf.call(env, state, request(gasLimit)) };
}
