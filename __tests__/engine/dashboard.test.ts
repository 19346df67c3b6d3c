import type { Browser, Page } from 'playwright-core';

import { openBrowser } from '../../local/browser';
import { PRESETS } from '../../local/civo/faults/fault';
import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  civo = await TestCivo.start({ timings: { instanceBuilding: 3_000 } });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  await page.goto(civo.api.url);
}, 300_000);

afterAll(async () => {
  await browser.close();
  await civo.stop();
});

const section = (title: string) => page.locator('section', { has: page.locator('h2', { hasText: title }) });

test('it shows a machine from BUILDING to ACTIVE without being loaded again, and what protects it', async () => {
  await page.evaluate(() => Object.assign(globalThis, { notLoadedAgain: true }));
  const network = await civo.network();
  const { body } = await civo.instance(network);
  const row = section('Machines').locator('tbody tr');
  await row.getByText('BUILDING').waitFor();
  // Until its own firewall is set, a machine is open to all: the page must show that.
  await row.getByText('net-default: all open').waitFor();
  const rules = [{ direction: 'ingress', protocol: 'tcp', ports: '22', cidr: ['10.8.0.0/24'], label: 'ssh' }];
  const { body: firewall } = await civo.post('/v2/firewalls', {
    name: 'perimeter',
    network_id: network,
    create_rules: false,
    rules,
  });
  await row.getByText('ACTIVE').waitFor();
  await civo.put(`/v2/instances/${body.id}/firewall`, { firewall_id: firewall.id });
  await row.getByText('perimeter', { exact: true }).waitFor();
  await section('Firewall rules').getByText('10.8.0.0/24').waitFor();
  expect(await page.evaluate(() => 'notLoadedAgain' in globalThis)).toBe(true);
}, 30_000);

test('it shows each call, and the fault that hit it', async () => {
  civo.api.fault({ name: 'a bad evening', on: 'GET /v2/quota', effect: PRESETS.unavailable });
  await section('Faults on demand').getByText('GET /v2/quota').waitFor();
  await civo.get('/v2/quota').catch(() => undefined);
  const call = section('Requests').locator('tr', { hasText: 'GET /v2/quota' });
  await call.getByText('503').waitFor();
  await call.getByText('a bad evening').waitFor();
}, 30_000);

test('it shows buckets, and neither secrets nor markup that was put into a name', async () => {
  await civo.post('/v2/objectstore/credentials', { name: '<img src=x onerror=alert(1)>' });
  const [credential] = civo.state.objectStoreCredentials;
  await civo.post('/v2/objectstores', {
    name: 'media',
    max_size_gb: 500,
    access_key_id: credential?.access_key_id,
  });
  await section('Buckets').getByText('500 GB').waitFor();
  await section('Buckets').getByText('<img src=x').waitFor();
  const shown = await page.content();
  expect(shown).not.toContain(credential?.secret_access_key_id);
  expect(shown).not.toContain('<img src=x');
}, 30_000);

test('it says so when the local Civo is gone', async () => {
  await civo.api.close();
  await page.getByText('the local Civo does not answer').waitFor();
}, 30_000);
