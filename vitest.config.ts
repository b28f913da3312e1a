// One configuration for every test of the repository. A skipped test is a failed run: what must hold is always checked.
import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';
import { provideChromium } from './test/browser/chromium.ts';

/** Starts what tests share (a Postgres) once for the whole run. */
const GLOBAL_SETUP = 'test/global-setup.ts';

/** The pages are tested in a real browser wherever one can be had; where not, the run says so. */
const hasBrowser = provideChromium() !== null;
if (!hasBrowser) {
  process.stderr.write(
    'No chromium here, and none could be installed: test/browser is left out.\n',
  );
}

const noSkips: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const filtered = process.argv.some((word) => /^(-t|--testNamePattern)/.test(word));
    if (filtered) return; // `-t name` leaves the other tests out on purpose
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        process.stderr.write(
          `skipped, which counts as failed: ${module.moduleId} > ${test.fullName}\n`,
        );
        process.exitCode = 1;
      }
    }
  },
};

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: hasBrowser ? [] : ['test/browser/**'],
    globalSetup: existsSync(GLOBAL_SETUP) ? [GLOBAL_SETUP] : [],
    reporters: ['default', noSkips],
    pool: 'forks',
    maxWorkers: 2,
    allowOnly: false,
    passWithNoTests: false,
    // CI's machines are shared: what fails there has to fail three times. A retried test is named in the output.
    retry: process.env.CI ? 2 : 0,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
