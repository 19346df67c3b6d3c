/** A server and the local Civo as people see them, in a real browser. With RECORD=1 the pictures in docs/images are taken again. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../../local/browser';
import { DOMAIN, type LocalServer } from './local-server';

const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

/** Logs in as the owner and posts with a picture; what of it the page shows then. */
export async function postInBrowser(
  server: LocalServer,
  text: string,
): Promise<{ text: string; picture: string; pixels: number }> {
  const { publicAddress, owner } = await server.outputs();
  const url = `https://${DOMAIN}`;
  const browser = await openBrowser(publicAddress);
  try {
    // The browser doesn't trust the local authority: that its certificates hold is proven where connections are made without a browser.
    const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 820, height: 760 } });
    await page.goto(url);
    await record(page, 'home');
    await page.goto(`${url}/auth/sign_in`);
    await page.fill('input[type=email]', owner.email);
    await page.fill('input[type=password]', owner.password);
    await page.click('form [type=submit]');
    await page.fill('textarea', text);
    await page.setInputFiles('input[type=file]', join(IMAGES, 'home.png'));
    await page.click('form:has(textarea) [type=submit]');
    const post = page.locator('article', { hasText: text }).first();
    const picture = post.locator('img').last();
    await picture.waitFor();
    await page.waitForLoadState('networkidle');
    await record(page, 'posted');
    return {
      text: await post.innerText(),
      picture: (await picture.getAttribute('src')) ?? '',
      pixels: await picture.evaluate(({ naturalWidth }: { naturalWidth: number }) => naturalWidth),
    };
  } finally {
    await browser.close();
  }
}

/** What the local Civo's page says of its machines. */
export async function seeMachines(server: LocalServer): Promise<string> {
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.goto(server.cloud.civoApiUrl);
    const machines = page.locator('section', { has: page.locator('h2', { hasText: 'Machines' }) });
    await machines.getByText('ACTIVE').first().waitFor();
    await record(page, 'dashboard');
    return await machines.innerText();
  } finally {
    await browser.close();
  }
}

async function record(page: Page, name: string): Promise<void> {
  if (process.env.RECORD === '1') await page.screenshot({ path: join(IMAGES, `${name}.png`) });
}
