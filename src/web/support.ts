// Which tier this browser has, in words, and what would give it WebGPU.
import type { Hardware } from './worker/api.ts';

export interface Verdict {
  readonly tone: 'good' | 'fair' | 'poor';
  readonly title: string;
  readonly text: string;
}

interface Visitor {
  readonly userAgent: string;
  readonly isSecure: boolean;
}

/** What to do to get WebGPU, as of the versions in which each browser shipped it. */
export function webGpuAdvice({ userAgent, isSecure }: Visitor): string {
  if (!isSecure) return 'WebGPU is offered only to pages from https or from localhost: open this page that way.';
  if (/Firefox\//.test(userAgent)) {
    return /Linux|Android/.test(userAgent)
      ? 'In Firefox on this system, set dom.webgpu.enabled to true in about:config, or use Chrome 147 or newer.'
      : 'Firefox has WebGPU from 141 on Windows and 145 on macOS with Apple chips: update it, or set dom.webgpu.enabled to true in about:config.';
  }
  if (/Chrome\//.test(userAgent)) {
    if (/Android/.test(userAgent)) return 'Chrome has WebGPU from 121 on Android 12 and newer.';
    return /Linux/.test(userAgent)
      ? 'On Linux, Chrome has WebGPU from 144 (Intel) or 147 (NVIDIA); before that, and for other GPUs, turn on chrome://flags/#enable-unsafe-webgpu and #enable-vulkan.'
      : 'Chrome and Edge have WebGPU from 113: update, turn on “Use graphics acceleration when available” in the settings, and look at chrome://gpu.';
  }
  if (/Safari\//.test(userAgent))
    return 'Safari has WebGPU from version 26, of macOS 26, iOS 26 and iPadOS 26; before that, turn it on under Feature Flags in the developer settings.';
  return 'Chrome or Edge from 113, Safari from 26 and Firefox from 141 have WebGPU.';
}

const threadsText = ({ threads, isolated, sharesMemory }: Hardware): string => {
  if (threads > 1) return `on ${threads} threads`;
  if (!isolated)
    return 'on one thread, since the server of this page does not send the headers (COOP, COEP) that threads need';
  return sharesMemory
    ? 'on one thread, since this machine offers no more'
    : 'on one thread, since this browser lets threads share no memory';
};

/** Where WebGPU works, but without a GPU. */
const driverAdvice = (userAgent: string): string =>
  /Firefox\//.test(userAgent)
    ? 'If this machine has a GPU, about:support (“Graphics”) says why Firefox does not use it.'
    : webGpuAdvice({ userAgent, isSecure: true });

export function verdictOn(hardware: Hardware, visitor: Visitor): Verdict {
  const { adapter, hasWebGpu } = hardware;
  const wasm = `Proofs are made by WebAssembly ${threadsText(hardware)}.`;
  if (adapter !== null && !adapter.isSoftware)
    return { tone: 'good', title: adapter.name, text: 'Proofs are made on this GPU, through WebGPU.' };
  if (adapter !== null) {
    return {
      tone: 'fair',
      title: `${adapter.name}: a software adapter`,
      text: `WebGPU works here, but a program on the processor stands in for the GPU, which is slower than WebAssembly. ${wasm} You can still choose “WebGPU” to try it. ${driverAdvice(visitor.userAgent)}`,
    };
  }
  return {
    tone: 'poor',
    title: hasWebGpu ? 'WebGPU finds no GPU here' : 'This browser has no WebGPU',
    text: `${wasm} ${webGpuAdvice(visitor)}`,
  };
}
