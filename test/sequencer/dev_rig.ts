// A development chain with the real state transition, clients for it, and contracts.
import { readFileSync } from 'node:fs';
import {
  type Account,
  type Chain,
  createPublicClient,
  createWalletClient,
  http,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { DEV_MINER, devChain, devKeys } from '../../src/sequencer/chain/dev.ts';
import { devTools } from '../../src/sequencer/rpc/dev/tools.ts';
import { loadStf } from '../../src/sequencer/stf/index.ts';
import { PATIENCE_MS, type Rig, startRig } from './service.ts';

export interface Artefact {
  readonly abi: readonly unknown[];
  readonly bytecode: `0x${string}`;
}

const file = new URL('./contracts/artefacts.json', import.meta.url);
const { contracts } = JSON.parse(readFileSync(file, 'utf8')) as { contracts: Record<string, Artefact> };
export const TOKEN: Artefact = contracts.Token as Artefact;
export const FACTORY: Artefact = contracts.Factory as Artefact;

export const startDevRig = async (options: Parameters<typeof startRig>[0] = {}): Promise<Rig> =>
  startRig({
    dev: devTools(devKeys(), DEV_MINER),
    ...options,
    node: { chain: devChain(), stf: await loadStf(), ...options.node },
  });

export const viemChain = (url: string): Chain => ({
  ...{ id: 131_071, name: 'dev', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 } },
  rpcUrls: { default: { http: [url] } },
});

export const publicClient = (url: string): PublicClient<Transport, Chain> =>
  createPublicClient({ chain: viemChain(url), transport: http(url, { timeout: PATIENCE_MS }), pollingInterval: 30 });

/** Of the n-th funded account. */
export const walletOf = (url: string, n: number): WalletClient<Transport, Chain, Account> =>
  createWalletClient({
    account: privateKeyToAccount(devKeys()[n]?.secret ?? '0x'),
    chain: viemChain(url),
    transport: http(url, { timeout: PATIENCE_MS }),
    pollingInterval: 30,
  });

/** Deploys, and gives the address. */
export async function deploy(
  url: string,
  n: number,
  { abi, bytecode }: Artefact,
  args: readonly unknown[],
): Promise<`0x${string}`> {
  const hash = await walletOf(url, n).deployContract({ abi, bytecode, args });
  const { contractAddress } = await publicClient(url).waitForTransactionReceipt({ hash });
  return contractAddress as `0x${string}`;
}
