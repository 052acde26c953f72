import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` shows the sources over the API of a stack that runs.
const api = "http://127.0.0.1:5107";

export default defineConfig({
  plugins: [react()],
  build: { chunkSizeWarningLimit: 1200 },
  server: { proxy: { "/analytics": api, "/merchants": api, "/transactions": api } },
});
