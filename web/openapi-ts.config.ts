import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "./openapi.json",
  output: { path: "./src/api", clean: true },
  plugins: [
    { name: "@hey-api/client-fetch", throwOnError: true, baseUrl: false },
    { name: "@hey-api/typescript" },
    { name: "@hey-api/sdk" },
    { name: "@tanstack/react-query", mutationOptions: false },
  ],
});
