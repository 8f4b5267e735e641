import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const service = process.env.LOOKALIKE_URL ?? "http://127.0.0.1:5000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  // the service puts a nonce of each answer in its place, here and in the policy
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    outDir: "../src/lookalike/service/page",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: {
      output: {
        // what most pages need is one file: many small ones are compressed worse, and asked for one by one
        codeSplitting: { groups: [{ name: "shared", minShareCount: 12 }] },
      },
    },
  },
  server: {
    port: 3000,
    strictPort: true,
    // the refresh cookie is the service's: it must look as if the page came from there
    proxy: { "/api": { target: service, changeOrigin: true, headers: { origin: service } } },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
