import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Contract, ContractFactory, JsonRpcProvider, NonceManager, Wallet, WebSocketProvider } from 'ethers';
import { createPublicClient, createWalletClient, http, parseAbi, parseEther, webSocket } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { devChain, devKeys } from '../../src/sequencer/chain/dev.ts';
import { loadStf } from '../../src/sequencer/stf/index.ts';
import { COUNTER, COUNTER_ABI, REVERTER } from './contracts.ts';
import { PATIENCE_MS, type Rig, startRig, until } from './service.ts';
import { subscribed } from './subscribed.ts';

const [first, second, third] = devKeys();
let rig: Rig;
before(async () => {
  rig = await startRig({ node: { chain: devChain(), stf: await loadStf() } });
});
after(() => rig.close());

describe('viem', () => {
  it('transfers, deploys, calls, reads events and watches them', async () => {
    const chain = {
      ...{ id: 131_071, name: 'dev', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
      rpcUrls: { default: { http: [rig.url] } },
    } as const;
    const transport = webSocket(rig.url.replace('http', 'ws'), { reconnect: false, timeout: PATIENCE_MS });
    const client = createPublicClient({ chain, transport, pollingInterval: 50 });
    const account = privateKeyToAccount(first!.secret);
    const wallet = createWalletClient({ account, chain, transport: http(rig.url, { timeout: PATIENCE_MS }) });

    const to = '0x00000000000000000000000000000000000000aa';
    const transfer = await wallet.sendTransaction({ to, value: parseEther('1.5') });
    const moved = await client.waitForTransactionReceipt({ hash: transfer });
    assert.deepEqual([moved.status, moved.gasUsed], ['success', 21_000n]);
    assert.equal(await client.getBalance({ address: to }), parseEther('1.5'));
    assert.equal(await client.getBalance({ address: to, blockNumber: moved.blockNumber - 1n }), 0n);

    const hash = await wallet.deployContract({ abi: COUNTER_ABI, bytecode: COUNTER });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    const address = contractAddress as `0x${string}`;
    assert.ok(((await client.getCode({ address })) ?? '').length > 2);
    const seen: bigint[] = [];
    const stop = client.watchContractEvent({
      ...{ abi: COUNTER_ABI, address, eventName: 'Counted' },
      onLogs: (logs) => void seen.push(...logs.map(({ args }) => args.value ?? 0n)),
    });
    await client.getBlockNumber();
    for (let i = 1n; i <= 3n; i++) {
      const { result, request } = await client.simulateContract({
        ...{ abi: COUNTER_ABI, address, functionName: 'increment', account },
      });
      assert.equal(result, i);
      const receipt = await client.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
      assert.equal(receipt.status, 'success');
    }
    assert.equal(BigInt((await client.getStorageAt({ address, slot: '0x0' })) ?? 0), 3n);
    const events = await client.getContractEvents({ abi: COUNTER_ABI, address, fromBlock: 0n });
    assert.deepEqual(
      events.map(({ args }) => args.value),
      [1n, 2n, 3n],
    );
    await until(() => seen.length >= 3, 'three events');
    assert.deepEqual(seen, [1n, 2n, 3n]);
    stop();
    (await client.transport.getRpcClient()).close();
  });

  it('is told why a call reverts', async () => {
    const client = createPublicClient({ transport: http(rig.url, { timeout: PATIENCE_MS }) });
    const account = privateKeyToAccount(second!.secret);
    const chain = { id: 131_071, name: 'dev', nativeCurrency: { name: 'E', symbol: 'E', decimals: 18 } } as const;
    const wallet = createWalletClient({
      account,
      chain: { ...chain, rpcUrls: { default: { http: [rig.url] } } },
      transport: http(rig.url, { timeout: PATIENCE_MS }),
    });
    const hash = await wallet.deployContract({ abi: [], bytecode: REVERTER });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    const abi = parseAbi(['function fail() view returns (uint256)']);
    const address = contractAddress as `0x${string}`;
    await assert.rejects(
      client.readContract({ abi, address, functionName: 'fail' }),
      /reverted with the following reason:\s*no/,
    );
    await assert.rejects(client.estimateGas({ account, to: address }), /no/);
    const failed = await wallet.sendTransaction({ to: address, gas: 60_000n });
    assert.equal((await client.waitForTransactionReceipt({ hash: failed })).status, 'reverted');
  });
});

describe('ethers', () => {
  it('transfers, deploys, calls and subscribes', async () => {
    const provider = new JsonRpcProvider(rig.url, undefined, { pollingInterval: 50, cacheTimeout: -1 });
    const signer = new NonceManager(new Wallet(third!.secret, provider));
    const sent = await signer.sendTransaction({ to: first!.address, value: 12n });
    assert.equal((await sent.wait())?.status, 1);
    const factory = new ContractFactory(JSON.parse(JSON.stringify(COUNTER_ABI)), COUNTER, signer);
    const deployed = await factory.deploy();
    await deployed.waitForDeployment();
    const address = await deployed.getAddress();
    const socket = new WebSocketProvider(rig.url.replace('http', 'ws'));
    const values: bigint[] = [];
    const counter = new Contract(address, JSON.parse(JSON.stringify(COUNTER_ABI)), signer);
    const watched = new Contract(address, JSON.parse(JSON.stringify(COUNTER_ABI)), socket);
    await watched.on('Counted', (value: bigint) => void values.push(value));
    await subscribed(socket);
    const increment = counter.getFunction('increment');
    assert.equal(await increment.staticCall(), 1n);
    for (let i = 0; i < 2; i++) assert.equal((await (await increment.send()).wait())?.status, 1);
    const logs = await counter.queryFilter('Counted', 0);
    assert.equal(logs.length, 2);
    await until(() => values.length >= 2, 'two events');
    assert.deepEqual(values, [1n, 2n]);
    const { maxFeePerGas, gasPrice } = await provider.getFeeData();
    assert.ok((maxFeePerGas ?? 0n) > 0n && (gasPrice ?? 0n) > 0n);
    await socket.destroy();
    provider.destroy();
  });
});
