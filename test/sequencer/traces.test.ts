import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { createVM } from '@ethereumjs/vm';
import { encodeFunctionData } from 'viem';
import { devKeys } from '../../src/sequencer/chain/dev.ts';
import { deploy, FACTORY, publicClient, startDevRig, TOKEN, walletOf } from './dev_rig.ts';
import type { Rig } from './service.ts';

interface Frame {
  readonly type: string;
  readonly from: string;
  readonly to?: string;
  readonly gas: string;
  readonly gasUsed: string;
  readonly error?: string;
  readonly revertReason?: string;
  readonly output?: string;
  readonly value?: string;
  readonly calls?: readonly Frame[];
  readonly logs?: readonly { readonly address: string; readonly position: string }[];
}
interface StructLog {
  readonly pc: number;
  readonly op: string;
  readonly gas: number;
  readonly gasCost: number;
  readonly depth: number;
  readonly error?: string;
  readonly stack?: readonly string[];
  readonly memory?: readonly string[];
  readonly storage?: Readonly<Record<string, string>>;
}
interface StructTrace {
  readonly gas: number;
  readonly failed: boolean;
  readonly returnValue: string;
  readonly structLogs: readonly StructLog[];
}

const owner = devKeys()[0]?.address as `0x${string}`;
const SALT = `0x${'22'.repeat(32)}` as const;
let rig: Rig;
let token: `0x${string}`;
let factory: `0x${string}`;
before(async () => {
  rig = await startDevRig();
  token = await deploy(rig.url, 0, TOKEN, ['Test', owner, 1000n]);
  factory = await deploy(rig.url, 0, FACTORY, []);
});
after(() => rig.close());

const encode = ({ abi }: { abi: readonly unknown[] }, functionName: string, args: readonly unknown[]): `0x${string}` =>
  encodeFunctionData({ abi, functionName, args });

async function send(
  to: `0x${string}`,
  data: `0x${string}`,
  gas = 2_000_000n,
): Promise<{ hash: `0x${string}`; gasUsed: bigint }> {
  const hash = await walletOf(rig.url, 0).sendTransaction({ to, data, gas });
  const { gasUsed } = await publicClient(rig.url).waitForTransactionReceipt({ hash });
  return { hash, gasUsed };
}

async function ok<T>(method: string, ...params: unknown[]): Promise<T> {
  const { result, error } = await rig.call(method, ...params);
  assert.equal(error, undefined, JSON.stringify(error));
  return result as T;
}

const calls = { tracer: 'callTracer', tracerConfig: { withLog: true } };

describe('traces', () => {
  it('list the calls of a transaction, with logs and reasons', async () => {
    const made = await send(factory, encode(FACTORY, 'make', [SALT, 5n]));
    const root = await ok<Frame>('debug_traceTransaction', made.hash, calls);
    assert.deepEqual([root.type, root.from, root.to], ['CALL', owner, factory]);
    assert.equal(BigInt(root.gasUsed), made.gasUsed);
    assert.equal(BigInt(root.gas), 2_000_000n);
    const [create] = root.calls ?? [];
    assert.equal(create?.type, 'CREATE2');
    assert.equal(create?.from, factory);
    assert.equal(await publicClient(rig.url).getCode({ address: create?.to as `0x${string}` }), create?.output);
    assert.equal(create?.logs?.length, 1);
    assert.deepEqual(
      root.logs?.map(({ address, position }) => [address, position]),
      [[factory, '0x1']],
    );
    const top = await ok<Frame>('debug_traceTransaction', made.hash, {
      tracer: 'callTracer',
      tracerConfig: { onlyTopCall: true },
    });
    assert.equal(top.calls, undefined);

    const attempted = await send(factory, encode(FACTORY, 'attempt', [token]));
    const inner = (await ok<Frame>('debug_traceTransaction', attempted.hash, calls)).calls?.[0];
    assert.deepEqual(
      [inner?.type, inner?.to, inner?.error, inner?.revertReason],
      ['STATICCALL', token, 'execution reverted', 'refused'],
    );
    assert.equal(inner?.value, undefined);

    const endless = await send(token, encode(TOKEN, 'burnGas', []), 100_000n);
    const failed = await ok<Frame>('debug_traceTransaction', endless.hash, calls);
    assert.deepEqual([failed.error, BigInt(failed.gasUsed)], ['out of gas', 100_000n]);
  });

  it('list the steps of a transaction', async () => {
    const sent = await send(token, encode(TOKEN, 'transfer', [factory, 3n]));
    const trace = await ok<StructTrace>('debug_traceTransaction', sent.hash);
    assert.deepEqual([BigInt(trace.gas), trace.failed, BigInt(trace.returnValue)], [sent.gasUsed, false, 1n]);
    const { structLogs } = trace;
    assert.deepEqual([structLogs[0]?.pc, structLogs[0]?.depth], [0, 1]);
    structLogs.slice(1).forEach((log, i) => {
      const before = structLogs[i] as StructLog;
      assert.equal(log.gas, before.gas - before.gasCost, `step ${i}: ${before.op}`);
    });
    const stores = structLogs.filter(({ op }) => op === 'SSTORE');
    assert.equal(stores.length, 2);
    assert.equal(Object.keys(stores[1]?.storage ?? {}).length, 2);
    assert.equal(structLogs.at(-1)?.op, 'RETURN');
    const bare = await ok<StructTrace>('debug_traceTransaction', sent.hash, {
      ...{ disableStack: true, disableStorage: true, enableMemory: true, limit: 40 },
    });
    assert.equal(bare.structLogs.length, 40);
    assert.ok(bare.structLogs.every(({ stack, storage }) => stack === undefined && storage === undefined));
    assert.ok(
      bare.structLogs.some(({ memory }) => memory?.[2]?.endsWith('80')),
      'the free memory pointer',
    );
    const attempted = await send(factory, encode(FACTORY, 'attempt', [token]));
    const deep = await ok<StructTrace>('debug_traceTransaction', attempted.hash, {});
    assert.ok(deep.structLogs.some(({ depth, op }) => depth === 2 && op === 'REVERT') && !deep.failed);
    const endless = await send(token, encode(TOKEN, 'burnGas', []), 60_000n);
    const failed = await ok<StructTrace>('debug_traceTransaction', endless.hash);
    assert.deepEqual([failed.failed, failed.structLogs.at(-1)?.error], [true, 'out of gas']);
  });

  it('are of the block as it was, one by one and all together', async () => {
    const wallet = walletOf(rig.url, 1);
    const nonce = await publicClient(rig.url).getTransactionCount({ address: wallet.account.address });
    const data = encode(FACTORY, 'attempt', [token]);
    const hashes = await Promise.all(
      [0, 1, 2].map((i) => wallet.sendTransaction({ to: factory, data, nonce: nonce + i, gas: 200_000n })),
    );
    const receipts = await Promise.all(hashes.map((hash) => publicClient(rig.url).waitForTransactionReceipt({ hash })));
    const number = `0x${receipts[2]?.blockNumber.toString(16)}`;
    const all = await ok<{ txHash: string; result: Frame }[]>('debug_traceBlockByNumber', number, calls);
    const last = all.find(({ txHash }) => txHash === hashes[2]);
    assert.deepEqual(last?.result, await ok('debug_traceTransaction', hashes[2], calls));
    assert.deepEqual(await ok('debug_traceBlockByHash', receipts[2]?.blockHash, calls), all);
    for (const [i, hash] of hashes.entries()) {
      assert.equal(BigInt((await ok<Frame>('debug_traceTransaction', hash, calls)).gasUsed), receipts[i]?.gasUsed);
    }
  });

  it('of calls step as EthereumJS does', async () => {
    const data = encode(FACTORY, 'make', [`0x${'33'.repeat(32)}`, 9n]);
    const call = { from: owner, to: factory, data, gas: '0x2dc6c0' };
    const { structLogs } = await ok<StructTrace>('debug_traceCall', call, 'latest', {});
    const { evm } = await createVM({
      common: new Common({ chain: { ...Mainnet, chainId: 131_071 }, hardfork: Hardfork.Osaka }),
    });
    const at = createAddressFromString(factory);
    const code = await publicClient(rig.url).getCode({ address: factory });
    await evm.stateManager.putCode(at, hexToBytes(code as `0x${string}`));
    const steps: [number, string, number, string, bigint][] = [];
    evm.events?.on('step', (step, next) => {
      const top = step.stack.at(-1);
      steps.push([step.pc, step.opcode.name, step.depth + 1, `0x${(top ?? 0n).toString(16)}`, step.gasLeft]);
      next?.();
    });
    evm.journal.addAlwaysWarmAddress(factory.slice(2));
    const gasLimit = BigInt(structLogs[0]?.gas ?? 0);
    await evm.runCall({ caller: createAddressFromString(owner), to: at, data: hexToBytes(data), gasLimit });
    const ours = structLogs.map(({ pc, op, depth, stack, gas }) => [
      pc,
      op,
      depth,
      stack?.at(-1) ?? '0x0',
      BigInt(gas),
    ]);
    assert.equal(ours.length, steps.length);
    assert.deepEqual(ours, steps);
  });

  it('are refused where there is nothing to trace, or too much', async () => {
    const refusal = async (...params: [string, ...unknown[]]): Promise<unknown[]> => {
      const { error } = await rig.call(...params);
      return [error?.code, error?.message];
    };
    assert.deepEqual(await refusal('debug_traceTransaction', SALT), [-32001, 'transaction not found']);
    assert.deepEqual(await refusal('debug_traceBlockByNumber', '0x0'), [-32000, 'genesis is not traceable']);
    const sent = await send(token, encode(TOKEN, 'transfer', [factory, 1n]));
    assert.deepEqual(await refusal('debug_traceTransaction', sent.hash, { tracer: '{ step: 1 }' }), [
      ...[-32602, 'tracer { step: 1 } is not available'],
    ]);
    const endless = { from: owner, to: token, data: encode(TOKEN, 'burnGas', []), gas: '0x2faf080' };
    const [code, message] = await refusal('debug_traceCall', endless, 'latest', { enableMemory: true });
    assert.deepEqual([code, message], [-32005, 'the trace is too large: ask for less of it']);
  });
});
