import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  encodeFunctionData,
  http,
  parseAbiItem,
  parseEther,
  webSocket,
} from 'viem';
import { devKeys } from '../../src/sequencer/chain/dev.ts';
import { deploy, FACTORY, publicClient, startDevRig, TOKEN, viemChain, walletOf } from './dev_rig.ts';
import { PATIENCE_MS, type Rig, until } from './service.ts';

const [, second, , fourth] = devKeys().map(({ address }) => address);
const to = second as `0x${string}`;
const poor = fourth as `0x${string}`;
let rig: Rig;
let token: `0x${string}`;
before(async () => {
  rig = await startDevRig();
  token = await deploy(rig.url, 0, TOKEN, ['Test', devKeys()[0]?.address, 1000n]);
});
after(() => rig.close());

const transferEvent = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');
const call = { abi: TOKEN.abi, account: devKeys()[0]?.address as `0x${string}` } as const;

describe('viem', () => {
  it('deploys, reads, writes, and reads events', async () => {
    const client = publicClient(rig.url);
    const wallet = walletOf(rig.url, 0);
    assert.equal(await client.readContract({ ...call, address: token, functionName: 'name' }), 'Test');
    const { request, result } = await client.simulateContract({
      ...{ ...call, address: token, functionName: 'transfer', args: [to, 10n] },
    });
    assert.equal(result, true);
    const hash = await wallet.writeContract({ ...request, account: wallet.account });
    const receipt = await client.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, 'success');
    assert.equal(receipt.logs.length, 1);
    const logs = await client.getLogs({ address: token, event: transferEvent, args: { to }, fromBlock: 0n });
    assert.deepEqual([logs.length, logs[0]?.args.value], [1, 10n]);
    assert.deepEqual(await client.request({ method: 'eth_getBlockReceipts' as never, params: ['latest'] as never }), [
      await client.request({ method: 'eth_getTransactionReceipt', params: [hash] }),
    ]);
    assert.equal((await client.getTransaction({ hash })).from, call.account);
    assert.equal(await client.getTransactionConfirmations({ hash }), 1n);
  });

  it('is told why a call fails: custom errors, reasons, panics, and the whole of a bare call', async () => {
    const client = publicClient(rig.url);
    const failing = async (functionName: string, args: readonly unknown[]): Promise<ContractFunctionRevertedError> => {
      try {
        await client.simulateContract({ ...call, address: token, functionName, args });
      } catch (error) {
        const reverted = (error as BaseError).walk((e) => e instanceof ContractFunctionRevertedError);
        assert.ok(reverted instanceof ContractFunctionRevertedError, String(error));
        return reverted;
      }
      return assert.fail('it succeeds');
    };
    const custom = await failing('transfer', [to, 10n ** 9n]);
    assert.equal(custom.data?.errorName, 'InsufficientBalance');
    assert.equal(custom.data?.args?.[2], 10n ** 9n);
    assert.equal((await failing('refuse', [])).reason, 'refused');
    assert.match((await failing('divide', [0n])).reason ?? '', /divide by zero|Division or modulo by zero/i);
    const answer = await rig.call('eth_call', {
      to: token,
      data: encodeFunctionData({ ...TOKEN, functionName: 'divide', args: [0n] }),
    });
    assert.equal(answer.error?.code, 3);
    assert.equal(answer.error?.message, 'execution reverted: panic: division or modulo by zero (0x12)');
    assert.match(String(answer.error?.data), /^0x4e487b71/);
    const endless = { to: token, data: encodeFunctionData({ ...TOKEN, functionName: 'burnGas' }), gas: '0x30d40' };
    assert.deepEqual((await rig.call('eth_call', endless)).error, { code: -32000, message: 'out of gas' });
    assert.match((await rig.call('eth_estimateGas', endless)).error?.message ?? '', /^gas required exceeds allowance/);
  });

  it('estimates fees and gas', async () => {
    const client = publicClient(rig.url);
    const { maxFeePerGas = 0n } = await client.estimateFeesPerGas();
    const { baseFeePerGas } = await client.getBlock();
    assert.ok(maxFeePerGas >= (baseFeePerGas ?? 0n));
    const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] });
    assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
    assert.equal(history.reward?.length, history.gasUsedRatio.length);
    assert.equal(await client.estimateGas({ account: call.account, to, value: 1n }), 21_000n);
    const gas = await client.estimateContractGas({ ...call, address: token, functionName: 'transfer', args: [to, 1n] });
    const { gasUsed } = await client.waitForTransactionReceipt({
      hash: await walletOf(rig.url, 0).writeContract({
        ...call,
        account: walletOf(rig.url, 0).account,
        address: token,
        functionName: 'transfer',
        args: [to, 1n],
        gas,
      }),
    });
    assert.ok(gasUsed <= gas && gas < 2n * gasUsed, `${gas} for ${gasUsed}`);
    const tooMuch = client.estimateGas({ account: poor, to, value: parseEther('10000000') });
    await assert.rejects(tooMuch, /insufficient|exceeds the balance/i);
  });

  it('sends with one call and waits for the receipt', async () => {
    const wallet = walletOf(rig.url, 2);
    const request = await wallet.prepareTransactionRequest({ to, value: 3n });
    const signed = await wallet.signTransaction(request);
    const receipt = await wallet.sendRawTransactionSync({ serializedTransaction: signed });
    assert.equal(receipt.status, 'success');
    const again = rig.call('eth_sendRawTransactionSync', signed);
    assert.match((await again).error?.message ?? '', /nonce too low|already known/);
  });

  it('keeps nonces in order when many are sent at once, and replaces by fee', async () => {
    const client = publicClient(rig.url);
    const wallet = walletOf(rig.url, 3);
    const nonce = await client.getTransactionCount({ address: wallet.account.address, blockTag: 'pending' });
    const hashes = await Promise.all(
      Array.from({ length: 12 }, (_, i) => wallet.sendTransaction({ to, value: 1n, nonce: nonce + i, gas: 21_000n })),
    );
    const receipts = await Promise.all(hashes.map((hash) => client.waitForTransactionReceipt({ hash })));
    assert.ok(receipts.every(({ status }) => status === 'success'));
    assert.equal(await client.getTransactionCount({ address: wallet.account.address }), nonce + 12);
    const fees = { gas: 21_000n, maxPriorityFeePerGas: 0n };
    // Behind a missing nonce, so that it waits.
    const waiting = { to, value: 1n, nonce: nonce + 13, ...fees } as const;
    await wallet.sendTransaction({ ...waiting, maxFeePerGas: 20_000_000n, maxPriorityFeePerGas: 10n });
    const underpriced = wallet.sendTransaction({ ...waiting, maxFeePerGas: 20_000_001n, maxPriorityFeePerGas: 10n });
    await assert.rejects(underpriced, /replacement transaction underpriced/);
    const { queued, pending } = (await client.request({ method: 'txpool_status' as never })) as unknown as Record<
      string,
      string
    >;
    assert.deepEqual([queued, pending], ['0x1', '0x0']);
    const content = (await rig.call('txpool_contentFrom', wallet.account.address)).result as { queued: object };
    assert.deepEqual(Object.keys(content.queued), [String(nonce + 13)]);
    const better = await wallet.sendTransaction({ ...waiting, maxFeePerGas: 40_000_000n, maxPriorityFeePerGas: 20n });
    await wallet.sendTransaction({ to, value: 1n, nonce: nonce + 12, ...fees, maxFeePerGas: 20_000_000n });
    assert.equal((await client.waitForTransactionReceipt({ hash: better })).status, 'success');
  });

  it('watches blocks, events and pending transactions over a WebSocket', async () => {
    const transport = webSocket(rig.url.replace('http', 'ws'), { reconnect: false, timeout: PATIENCE_MS });
    const client = createPublicClient({ chain: viemChain(rig.url), transport });
    const seen = { blocks: [] as bigint[], values: [] as (bigint | undefined)[], pending: [] as string[] };
    const stops = [
      client.watchBlocks({ onBlock: ({ number }) => void seen.blocks.push(number) }),
      client.watchEvent({
        address: token,
        event: transferEvent,
        onLogs: (logs) => void seen.values.push(...logs.map((l) => l.args.value)),
      }),
      client.watchPendingTransactions({ onTransactions: (hashes) => void seen.pending.push(...hashes) }),
    ];
    // Answered after the subscriptions, which went before it on the same socket.
    await client.getBlockNumber();
    const wallet = walletOf(rig.url, 0);
    const hash = await wallet.writeContract({
      ...call,
      account: wallet.account,
      address: token,
      functionName: 'transfer',
      args: [to, 77n],
    });
    const { blockNumber } = await client.waitForTransactionReceipt({ hash });
    await until(() => seen.blocks.includes(blockNumber) && seen.pending.includes(hash), 'the block and the hash');
    await until(() => seen.values.length > 0, 'the event');
    assert.deepEqual(seen.values, [77n]);
    for (const stop of stops) stop();
    (await client.transport.getRpcClient()).close();
  });

  it('polls filters over HTTP', async () => {
    const client = publicClient(rig.url);
    const filter = await client.createEventFilter({ address: token, event: transferEvent });
    const blocks = await client.createBlockFilter();
    const pending = await client.createPendingTransactionFilter();
    const wallet = walletOf(rig.url, 0);
    const hash = await wallet.writeContract({
      ...call,
      account: wallet.account,
      address: token,
      functionName: 'transfer',
      args: [to, 5n],
    });
    const { blockHash } = await client.waitForTransactionReceipt({ hash });
    assert.deepEqual(
      (await client.getFilterChanges({ filter })).map(({ args }) => args.value),
      [5n],
    );
    assert.deepEqual(await client.getFilterChanges({ filter: blocks }), [blockHash]);
    assert.deepEqual(await client.getFilterChanges({ filter: pending }), [hash]);
    assert.deepEqual(await client.getFilterChanges({ filter: pending }), []);
    assert.equal(await client.uninstallFilter({ filter }), true);
    await assert.rejects(client.getFilterChanges({ filter }), /filter not found/);
  });

  it('sends batches, overrides state, and makes access lists', async () => {
    const client = createPublicClient({
      chain: viemChain(rig.url),
      transport: http(rig.url, { batch: true, timeout: PATIENCE_MS }),
    });
    const [number, id, balance] = await Promise.all([
      client.getBlockNumber(),
      client.getChainId(),
      client.getBalance({ address: poor }),
    ]);
    assert.deepEqual([id, number > 0n, balance > 0n], [131_071, true, true]);
    const data = encodeFunctionData({ ...TOKEN, functionName: 'transfer', args: [to, 10n ** 9n] });
    // Slot of balanceOf[account] is not needed: all of the storage is replaced by code that returns 1.
    const { data: result } = await client.call({
      account: call.account,
      ...{ to: token, data },
      stateOverride: [{ address: token, code: '0x600160005260206000f3' }],
    });
    assert.equal(BigInt(result ?? 0), 1n);
    const factory = await deploy(rig.url, 0, FACTORY, []);
    const salt = `0x${'11'.repeat(32)}` as const;
    const made = encodeFunctionData({ ...FACTORY, functionName: 'make', args: [salt, 5n] });
    const plain = await client.createAccessList({ account: call.account, to: factory, data: made });
    assert.ok(plain.accessList.length >= 1 && plain.gasUsed > 21_000n);
    const listed = await client.estimateGas({
      account: call.account,
      to: factory,
      data: made,
      accessList: plain.accessList,
    });
    assert.ok(listed > 21_000n);
  });

  it('reads blocks by tags, and what is not there', async () => {
    const client = publicClient(rig.url);
    for (const blockTag of ['latest', 'pending', 'earliest', 'safe', 'finalized'] as const) {
      assert.ok((await client.getBlock({ blockTag })).hash, blockTag);
    }
    assert.equal((await client.getBlock({ blockTag: 'safe' })).number, 0n);
    await assert.rejects(client.getBlock({ blockNumber: 10n ** 6n }), /could not be found/);
    await assert.rejects(client.getBalance({ address: to, blockNumber: 10n ** 6n }), /header not found/);
    await assert.rejects(client.getProof({ address: to, storageKeys: [] }), /wisp_getProof/);
  });
});
