// Compiles the contracts of the tests (test/sequencer/contracts) to artefacts.json beside them, which is in the repository.
// The compiler is npm's `solc`, which is no dependency of ours: `npm install --prefix /tmp/solc solc@0.8.37`, then
// `node scripts/contracts.mjs /tmp/solc`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../test/sequencer/contracts', import.meta.url));
const solc = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'))('solc');
const sources = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith('.sol'))
    .sort()
    .map((name) => [name, { content: readFileSync(join(folder, name), 'utf8') }]),
);
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
};
const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
const contracts = Object.values(output.contracts).flatMap((file) => Object.entries(file));
const artefacts = Object.fromEntries(
  contracts.map(([name, { abi, evm }]) => [name, { abi, bytecode: `0x${evm.bytecode.object}` }]),
);
const text = JSON.stringify({ compiler: solc.version(), contracts: artefacts }, null, 1);
writeFileSync(join(folder, 'artefacts.json'), `${text}\n`);
