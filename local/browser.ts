import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

import { ensureHostPackages } from './host-packages';

const CHROMIUM = '/usr/bin/chromium';

/**
 * Debian's chromium without a window, installed if it isn't there.
 *
 * @param leadsTo the address that every name leads to; default: names are left to DNS
 */
export async function openBrowser(leadsTo?: string): Promise<Browser> {
  if (!existsSync(CHROMIUM)) await ensureHostPackages(['chromium']);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(leadsTo === undefined ? [] : [`--host-resolver-rules=MAP * ${leadsTo}`]),
    ],
  });
}
