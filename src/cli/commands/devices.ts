// wisp devices: the adapters, their limits and features.
import { type AdapterDescription, DeviceError, listAdapters, openDevice } from '../../../prover/gpu/device.ts';
import { defaultVariants } from '../../../prover/gpu/shader_source.ts';
import type { Command, CommandResult, JsonValue } from '../command.ts';
import { EXIT_FAILED, EXIT_OK } from '../errors.ts';
import { fields, formatBytes } from '../format.ts';

export const command: Command = {
  spec: {
    summary: 'Lists the adapters that `wisp prove --adapter` can name; * marks the one that it takes by itself.',
    positionals: [],
    options: {},
  },
  async run(): Promise<CommandResult> {
    // Opened first: listing loads the software adapter, after which this process sees no other.
    const chosen = await defaultAdapter();
    const adapters = await listAdapters();
    return {
      exitCode: adapters.length > 0 ? EXIT_OK : EXIT_FAILED,
      json: { adapters: adapters.map(toJson), default: chosen ?? null },
      text:
        adapters.length > 0
          ? adapters.map((adapter) => describe(adapter, adapter.name === chosen)).join('\n\n')
          : 'no adapters: `wisp prove --backend cpu` works without one',
    };
  },
};

async function defaultAdapter(): Promise<string | undefined> {
  try {
    const context = await openDevice();
    context.destroy();
    return context.adapter.name;
  } catch (error) {
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

/** The M31 multiplication that kernels use on the adapter: the name of its shader file. */
const multiplyVariant = (adapter: AdapterDescription): string =>
  defaultVariants(adapter.isSoftware)['lib/m31_mul'] ?? 'lib/m31_mul';

function toJson(adapter: AdapterDescription): JsonValue {
  return { ...adapter, multiplyVariant: multiplyVariant(adapter) };
}

function describe(adapter: AdapterDescription, isDefault: boolean): string {
  const limit = (name: string): number => adapter.limits[name] ?? 0;
  const kind = adapter.isSoftware ? 'software' : 'GPU';
  const pairs: [string, string][] = [
    ['kind', [kind, adapter.vendor, adapter.architecture].filter((part) => part !== '').join(', ')],
    ['buffers', `${formatBytes(limit('maxBufferSize'))}, bound ${formatBytes(limit('maxStorageBufferBindingSize'))}`],
    ['bindings', `${limit('maxStorageBuffersPerShaderStage')} storage buffers a stage`],
    [
      'workgroups',
      `${limit('maxComputeInvocationsPerWorkgroup')} threads, ${formatBytes(limit('maxComputeWorkgroupStorageSize'))}`,
    ],
    ['subgroups', `${adapter.subgroupMinSize} to ${adapter.subgroupMaxSize}`],
    ['multiply', multiplyVariant(adapter)],
    ['features', adapter.features.join(' ')],
  ];
  const body = fields(pairs)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `${isDefault ? '* ' : ''}${adapter.name}\n${body}`;
}
