/** Takes the pictures in docs/images of the local server that `make local` made: `npm run docs:screenshots`. */
import { join } from 'node:path';
import { openBrowser } from '../local/browser';
import { startCloud } from '../local/cloud';
import { LocalStack } from '../local/stack';
import { ensureToolchain } from '../local/toolchain';

async function main(): Promise<void> {
  const cloud = await startCloud();
  const { url, publicAddress, owner } = await new LocalStack(cloud, await ensureToolchain()).outputs();
  const browser = await openBrowser(publicAddress);
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

  const direct = await openBrowser();
  const dashboard = await direct.newPage({ viewport: { width: 1280, height: 1000 } });
  await dashboard.goto(cloud.civoApiUrl);
  await dashboard.screenshot({ path: join(__dirname, 'images', 'dashboard.png') });
  await direct.close();
}

void main();
