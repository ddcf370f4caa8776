import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'es2023',
    rollupOptions: {
      // Node's way to a GPU; the modules that import it do so dynamically and only where there is no `navigator.gpu`.
      external: [/node_device/, /^node:/, 'webgpu'],
    },
  },
  worker: { format: 'es' },
});
