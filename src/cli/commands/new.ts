// wisp new: makes a guest project with the guest library in it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileReason } from '../../host/files.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { CliError, EXIT_OK, UsageError } from '../errors.ts';

const LANGUAGES = ['rust', 'c'] as const;

/** Named so in the package, as tools that pack files treat the real names specially. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: '.gitignore', cargo: '.cargo' };
/** Of the guest library's folders, what a project does not need. */
const LEFT_OUT: readonly string[] = ['target', 'tests', 'Cargo.lock', '.gitignore'];
/** 10403 = 101 * 103. */
const INPUT = new Uint8Array(Uint32Array.of(10403, 101).buffer);

const FIRST_STEPS: Readonly<Record<string, string>> = { rust: 'cargo guest', c: 'make' };

export const command: Command = {
  spec: {
    summary: 'Makes a project with a program that builds, runs and proves.',
    positionals: ['name'],
    options: {
      lang: { value: 'language', choices: LANGUAGES, help: 'rust if absent' },
    },
  },
  async run(args: ParsedArguments): Promise<CommandResult> {
    const path = positional(args, 0);
    const name = basename(path);
    const language = args.values.lang ?? 'rust';
    if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
      throw new UsageError(`"${name}" cannot name a project: small letters, digits, - and _ can`);
    }
    if (existsSync(path) && !(statSync(path).isDirectory() && readdirSync(path).length === 0)) {
      throw new CliError('not_empty', `${path} exists already`);
    }
    try {
      makeProject(path, name, language);
    } catch (error) {
      throw new CliError('unwritable_file', `cannot make ${path}: ${fileReason(error)}`);
    }
    const steps = [`cd ${path}`, FIRST_STEPS[language] ?? '', 'see README.md'];
    return {
      exitCode: EXIT_OK,
      json: { path, name, language },
      text: `made ${path}; next:\n${steps.map((step) => `  ${step}`).join('\n')}`,
    };
  },
};

/** The package's folder of guests, beside its sources or its build. */
function guestsFolder(): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, 'guests', 'templates')) && dirname(root) !== root) root = dirname(root);
  return join(root, 'guests');
}

function makeProject(path: string, name: string, language: string): void {
  const guests = guestsFolder();
  copyTemplate(join(guests, 'templates', language), path, name);
  writeFileSync(join(path, 'input.bin'), INPUT);
  const sdk = join(path, 'sdk');
  if (language === 'c') {
    cpSync(join(guests, 'lib'), sdk, { recursive: true });
    return;
  }
  cpSync(join(guests, 'sdk'), sdk, { recursive: true, filter: (from) => !LEFT_OUT.includes(basename(from)) });
  cpSync(join(guests, 'lib', 'wisp.ld'), join(sdk, 'wisp.ld'));
}

function copyTemplate(from: string, to: string, name: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const target = join(to, RENAMED[entry.name] ?? entry.name);
    if (entry.isDirectory()) copyTemplate(join(from, entry.name), target, name);
    else writeFileSync(target, readFileSync(join(from, entry.name), 'utf8').replaceAll('{{name}}', name));
  }
}
