// Random transactions on random contracts: of every type, some of which no block takes.
import { getContractAddress, type Hex, toHex } from 'viem';
import { bytecode, probe, token, tokenInit } from './contracts.ts';
import { type Random, randomCode } from './random.ts';
import { BASE_FEE, bytes, CHAIN_ID, ETHER, hex, TestState, Wallet } from './state.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface RandomWorld {
  readonly state: TestState;
  /** The last one is poor. */
  readonly wallets: readonly Wallet[];
  readonly contracts: readonly Uint8Array[];
  /** Signed by whom. Where it is refused, `refused` takes its nonce back. */
  next(): Promise<{ readonly raw: Uint8Array; refused(): void }>;
}

export function randomWorld(random: Random): RandomWorld {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const wallets = Array.from({ length: 5 }, (_, i) => new Wallet(100 + i));
  const contracts = Array.from({ length: 8 }, (_, i) => bytes(`c0de${i}`.padEnd(40, `${i}`)));
  const state = new TestState();
  state.genesis([
    ...wallets.map(({ address }, i) => ({ address, balance: i === 4 ? 10n ** 14n : 100n * ETHER })),
    ...contracts.map((address) => ({ address, nonce: 1n, balance: 1000n, code: randomCode(random, contracts) })),
  ]);
  const made: Hex[] = [];

  const fieldsOf = (sender: Wallet): Fields => {
    const gas = BigInt(pick([21_000, 50_000, 100_000, 400_000, 2_000_000]));
    const target = made.length > 0 ? pick(made) : hex(pick(contracts));
    const data = toHex(Uint8Array.from({ length: random(100) }, () => random(3) * random(256)));
    const create = (code: Hex): Fields => {
      made.push(getContractAddress({ from: sender.account.address, nonce: BigInt(sender.nonce) }));
      return { data: code, value: BigInt(random(3)) * 5n, gas: 4_000_000n };
    };
    switch (random(14)) {
      case 0:
        return { to: hex(pick(wallets).address), value: BigInt(random(1000)), gas };
      case 1:
        return { to: toHex(random(2 ** 30), { size: 20 }), value: BigInt(random(2)), gas };
      case 2:
        return create(bytecode('Probe'));
      case 3:
        return { ...create(tokenInit(1000n)), value: 0n };
      case 4:
        return create(toHex(randomCode(random, contracts)));
      case 5:
        return { to: target, data: token('transfer', [hex(pick(wallets).address), BigInt(random(700))]), gas };
      case 6:
        return { to: target, data: probe('nested', [BigInt(random(5)), 5n]), gas };
      case 7: {
        const value = BigInt(random(4));
        const salt = toHex(random(2), { size: 32 });
        return { to: target, data: probe('create', [salt, value, random(2) === 0]), value, gas };
      }
      case 8: {
        const input = toHex(Uint8Array.from({ length: random(200) }, () => random(256)));
        const to = random(2) === 0 ? toHex(1 + random(17), { size: 20 }) : hex(pick(contracts));
        return { to: target, data: probe('call', [to, 0n, input, random(3) === 0]), gas };
      }
      case 9:
        return { to: target, data: probe('fill', [BigInt(random(8)), BigInt(random(8)), BigInt(random(2))]), gas };
      case 10:
        return { to: toHex(1 + random(17), { size: 20 }), data, gas };
      case 11: {
        const storageKeys = [toHex(random(4), { size: 32 })];
        return { to: hex(pick(contracts)), data, gas, accessList: [{ address: hex(pick(contracts)), storageKeys }] };
      }
      default:
        return { to: hex(pick(contracts)), data, value: BigInt(random(2)), gas };
    }
  };

  /** Another type, other fees, or a flaw. */
  const variation = (sender: Wallet, fields: Fields): Fields => {
    const gasPrice = BASE_FEE + BigInt(random(5));
    switch (random(20)) {
      case 0:
      case 1:
        return 'accessList' in fields ? { gasPrice, type: 'eip2930' } : { gasPrice, type: 'legacy' };
      case 2:
        return 'accessList' in fields ? {} : { gasPrice, type: 'legacy', chainId: undefined };
      case 3:
        return { gasPrice, type: 'eip2930', accessList: [{ address: hex(pick(contracts)), storageKeys: [] }] };
      case 4:
        return { maxFeePerGas: BASE_FEE + BigInt(random(200)), maxPriorityFeePerGas: BigInt(random(200)) };
      case 5:
        return { nonce: sender.nonce + random(3) - 1 };
      case 6:
        return random(2) === 0 ? { chainId: CHAIN_ID + 1 } : { gas: 20_000n };
      case 7:
        return random(2) === 0 ? { value: 200n * ETHER } : { maxFeePerGas: BASE_FEE - 1n, maxPriorityFeePerGas: 0n };
      default:
        return {};
    }
  };

  return {
    ...{ state, wallets, contracts },
    next: async () => {
      const sender = pick(wallets);
      const before = sender.nonce;
      const fields = fieldsOf(sender);
      const varied = { ...fields, ...variation(sender, fields) };
      const raw = await sender.sign({ ...varied, nonce: Math.max(0, Number(varied.nonce ?? before)) });
      sender.nonce = before + 1;
      const refused = (): void => {
        sender.nonce = before;
      };
      return { raw, refused };
    },
  };
}
