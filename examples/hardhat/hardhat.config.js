import { createRequire } from 'node:module';
import hardhatEthers from '@nomicfoundation/hardhat-ethers';
import hardhatMocha from '@nomicfoundation/hardhat-mocha';
import { defineConfig } from 'hardhat/config';

export default defineConfig({
  plugins: [hardhatEthers, hardhatMocha],
  // The compiler as npm has it: nothing is downloaded.
  solidity: { version: '0.8.37', path: createRequire(import.meta.url).resolve('solc/soljson.js') },
  networks: { wisp: { type: 'http', url: process.env.WISP_URL ?? 'http://127.0.0.1:8545' } },
});
