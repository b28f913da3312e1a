// The browser that page tests drive: Debian's chromium, installed when it is missing and we may. No browser is
// downloaded from anywhere else.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Null when there is none. */
function findChromium(): string | null {
  return PLACES.find(isExecutable) ?? null;
}

/** The path of a browser; installs Debian's when this is root on a Debian. Null: not to be had here. */
export function provideChromium(): string | null {
  const found = findChromium();
  if (found !== null || process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) return found;
  try {
    const quiet = {
      stdio: 'ignore' as const,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    execFileSync('apt-get', ['update', '-qq'], quiet);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet);
  } catch {
    return null;
  }
  return findChromium();
}

export function launchChromium(): Promise<Browser> {
  const executablePath = provideChromium();
  if (executablePath === null)
    throw new Error('There is no chromium on this machine. Install the package chromium.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
