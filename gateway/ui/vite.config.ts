import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const library = (name: string, path: RegExp) => ({ name, test: path });

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // light-dark() must reach the browser as written: lowered for older targets, it no longer
    // follows the scheme that the person has chosen in the page.
    target: ['chrome125', 'firefox128', 'safari18'],
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            library('react', /node_modules[\\/](react|react-dom|scheduler)[\\/]/),
            library('kit', /node_modules[\\/](@mantine|@floating-ui)[\\/]/),
          ],
        },
      },
    },
  },
});
