import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  Contract,
  ContractFactory,
  type InterfaceAbi,
  isError,
  JsonRpcProvider,
  NonceManager,
  verifyMessage,
  verifyTypedData,
  Wallet,
  WebSocketProvider,
} from 'ethers';
import { devKeys } from '../../src/sequencer/chain/dev.ts';
import { startDevRig, TOKEN } from './dev_rig.ts';
import { type Rig, until } from './service.ts';
import { subscribed } from './subscribed.ts';

const [first, second, third] = devKeys();
const abi = TOKEN.abi as unknown as InterfaceAbi;
let rig: Rig;
let provider: JsonRpcProvider;
before(async () => {
  rig = await startDevRig();
  provider = new JsonRpcProvider(rig.url, undefined, { pollingInterval: 30, cacheTimeout: -1 });
});
after(async () => {
  provider.destroy();
  await rig.close();
});

async function deployed(): Promise<{ token: Contract; address: string }> {
  const signer = new NonceManager(new Wallet(first!.secret, provider));
  const contract = await new ContractFactory(abi, TOKEN.bytecode, signer).deploy('Test', first!.address, 500n);
  await contract.waitForDeployment();
  const address = await contract.getAddress();
  return { token: new Contract(address, abi, signer), address };
}

const caught = async (run: () => Promise<unknown>): Promise<Error> => {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  return assert.fail('it succeeds');
};

describe('ethers', () => {
  it('deploys, calls, sends and hears events over HTTP and WebSocket', async () => {
    const { token, address } = await deployed();
    assert.equal(await token.getFunction('name')(), 'Test');
    const socket = new WebSocketProvider(rig.url.replace('http', 'ws'));
    const watched = new Contract(address, abi, socket);
    const heard: bigint[] = [];
    const blocks: number[] = [];
    await watched.on('Transfer', (_from, _to, value: bigint) => void heard.push(value));
    await socket.on('block', (number: number) => void blocks.push(number));
    await subscribed(socket);
    const sent = await token.getFunction('transfer')(second!.address, 4n);
    const receipt = await sent.wait();
    assert.equal(receipt.status, 1);
    await until(() => heard.length >= 1 && blocks.length >= 1, 'the event and its block');
    assert.deepEqual(heard, [4n]);
    const logs = await token.queryFilter('Transfer', 0);
    assert.equal(logs.length, 2);
    await socket.destroy();
  });

  it('decodes custom errors, reasons and panics, of calls and of estimates', async () => {
    const { token } = await deployed();
    const custom = await caught(() => token.getFunction('transfer').staticCall(second!.address, 10n ** 6n));
    assert.ok(isError(custom, 'CALL_EXCEPTION'));
    assert.equal(custom.revert?.name, 'InsufficientBalance');
    const estimated = await caught(() => token.getFunction('transfer').estimateGas(second!.address, 10n ** 6n));
    assert.ok(isError(estimated, 'CALL_EXCEPTION'));
    assert.equal(token.interface.parseError(estimated.data ?? '')?.name, 'InsufficientBalance');
    const refused = await caught(() => token.getFunction('refuse').staticCall());
    assert.ok(isError(refused, 'CALL_EXCEPTION') && refused.reason === 'refused');
    const panic = await caught(() => token.getFunction('divide').staticCall(0));
    assert.ok(isError(panic, 'CALL_EXCEPTION') && panic.revert?.name === 'Panic');
    // Mined, and failed.
    const sent = await token.getFunction('refuse').send({ gasLimit: 100_000n });
    const failed = await caught(() => sent.wait());
    assert.ok(isError(failed, 'CALL_EXCEPTION') && failed.receipt?.status === 0);
  });

  it('knows what a refused transaction was refused for', async () => {
    const wallet = new Wallet(third!.secret, provider);
    const low = await caught(async () => {
      await (await wallet.sendTransaction({ to: second!.address, value: 1 })).wait();
      await wallet.sendTransaction({ to: second!.address, value: 1, nonce: 0 });
    });
    assert.ok(isError(low, 'NONCE_EXPIRED'), String(low));
    const stranger = Wallet.createRandom(provider);
    const broke = await caught(() => stranger.sendTransaction({ to: second!.address, value: 1, gasLimit: 21_000n }));
    assert.ok(isError(broke, 'INSUFFICIENT_FUNDS'), String(broke));
    const waiting = { to: second!.address, value: 1, nonce: 9, gasLimit: 21_000n, maxPriorityFeePerGas: 5n };
    await wallet.sendTransaction({ ...waiting, maxFeePerGas: 30_000_000n });
    const cheap = await caught(() => wallet.sendTransaction({ ...waiting, value: 2, maxFeePerGas: 30_000_001n }));
    assert.ok(isError(cheap, 'REPLACEMENT_UNDERPRICED'), String(cheap));
  });

  it('uses the accounts of the node: sends, and signs messages and typed data', async () => {
    const signer = await provider.getSigner(1);
    assert.equal((await signer.getAddress()).toLowerCase(), second!.address);
    const sent = await Promise.all([1n, 2n, 3n].map((value) => signer.sendTransaction({ to: third!.address, value })));
    for (const tx of sent) assert.equal((await tx.wait())?.status, 1);
    const { token } = await deployed();
    const asSecond = token.connect(signer) as Contract;
    assert.equal((await (await asSecond.getFunction('transfer')(third!.address, 0n)).wait()).status, 1);
    assert.equal(verifyMessage('hello', await signer.signMessage('hello')).toLowerCase(), second!.address);
    const domain = { name: 'Test', version: '1', chainId: 131_071, verifyingContract: `0x${'12'.repeat(20)}` };
    const types = {
      Person: [
        { name: 'name', type: 'string' },
        { name: 'wallet', type: 'address' },
      ],
      Mail: [
        ...[
          { name: 'from', type: 'Person' },
          { name: 'to', type: 'Person[]' },
          { name: 'contents', type: 'bytes' },
        ],
        ...[
          { name: 'sizes', type: 'uint8[2]' },
          { name: 'tag', type: 'bytes4' },
          { name: 'delta', type: 'int64' },
        ],
        { name: 'urgent', type: 'bool' },
      ],
    };
    const person = { name: 'Anna', wallet: third!.address };
    const mail = {
      ...{ from: person, to: [person, person], contents: '0x1234', sizes: [1, 2] },
      ...{ tag: '0x01020304', delta: -5n, urgent: true },
    };
    const signature = await signer.signTypedData(domain, types, mail);
    assert.equal(verifyTypedData(domain, types, mail, signature).toLowerCase(), second!.address);
  });

  it('estimates fees', async () => {
    const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await provider.getFeeData();
    assert.ok((maxFeePerGas ?? 0n) > 0n && (gasPrice ?? 0n) > 0n && maxPriorityFeePerGas !== null);
  });
});
