/** Takes the pictures in docs/images of the local server that `make local` made: `npm run docs:screenshots`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startCloud } from '../local/cloud';
import { ensureHostPackages } from '../local/host-packages';
import { LocalStack } from '../local/stack';
import { ensureToolchain } from '../local/toolchain';

const CHROMIUM = '/usr/bin/chromium';

async function main(): Promise<void> {
  if (!existsSync(CHROMIUM)) await ensureHostPackages(['chromium']);
  const { url, publicAddress, owner } = await new LocalStack(
    await startCloud(),
    await ensureToolchain(),
  ).outputs();
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP * ${publicAddress}`,
    ],
  });
  // The local authority is nobody's: it is curl and the tests that verify its certificates.
  const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 820, height: 760 } });
  const picture = (name: string) => page.screenshot({ path: join(__dirname, 'images', `${name}.png`) });

  await page.goto(url);
  await picture('home');
  await page.goto(`${url}/auth/sign_in`);
  await page.fill('input[type=email]', owner.email);
  await page.fill('input[type=password]', owner.password);
  await page.click('form [type=submit]');
  await page.waitForSelector('textarea');
  await page.fill('textarea', 'The first post, with a picture from the bucket.');
  await page.setInputFiles('input[type=file]', join(__dirname, 'images', 'home.png'));
  await page.click('form:has(textarea) [type=submit]');
  await page.waitForLoadState('networkidle');
  await picture('posted');
  await browser.close();
}

void main();
