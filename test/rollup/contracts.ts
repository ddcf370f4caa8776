// The contracts of contracts/, compiled with solc 0.8.37.
import { readFileSync } from 'node:fs';
import { type Abi, encodeFunctionData, type Hex, parseAbi } from 'viem';

const TOKEN_ABI: Abi = parseAbi([
  'constructor(uint256 supply)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
  'function balanceOf(address) view returns (uint256)',
]);

const PROBE_ABI: Abi = parseAbi([
  'function set(uint256 key, uint256 value) payable',
  'function fill(uint256 from, uint256 count, uint256 value)',
  'function environment() returns (uint256)',
  'function blockHashes(uint256 back)',
  'function fail(uint256 key)',
  'function burn()',
  'function panics(uint256 zero) returns (uint256)',
  'function create(bytes32 salt, uint256 value, bool end) payable returns (address)',
  'function end(address child)',
  'function call(address to, uint256 value, bytes input, bool must) payable',
  'function nested(uint256 depth, uint256 key)',
]);

/** Init code without arguments. */
export const bytecode = (name: 'Token' | 'Probe'): Hex =>
  `0x${readFileSync(new URL(`./contracts/${name}.hex`, import.meta.url), 'utf8').replace(/\s/g, '')}`;

export const tokenInit = (supply: bigint): Hex => `${bytecode('Token')}${supply.toString(16).padStart(64, '0')}`;

export const probe = (functionName: string, args: unknown[]): Hex =>
  encodeFunctionData({ abi: PROBE_ABI, functionName, args });

export const token = (functionName: string, args: unknown[]): Hex =>
  encodeFunctionData({ abi: TOKEN_ABI, functionName, args });
