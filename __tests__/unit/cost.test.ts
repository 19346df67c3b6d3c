import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOf, costTable, origin, type Prices, readmeTable, readPrices } from '../../cli/cost/prices';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'costs.md'), 'utf8');

const prices: Prices = {
  currency: 'USD',
  source: 'https://prices.example',
  date: '2026-11-25',
  confirmed: false,
  sizes: { small: { price: 10, what: 'little' }, large: { price: 40.5, what: 'much' } },
  objectStore: { stepGb: 500, price: 5 },
  included: 0,
};
const stack = { size: 'small', mediaGb: 1500, backupGb: 500 };

test('docs/costs.md has the prices of cli/cost/prices.yaml, their day and whether they are confirmed', () => {
  expect(page).toContain(readmeTable(readPrices()));
  expect(page).toContain(origin(readPrices()));
});

test('a bucket costs as many steps as it has', () => {
  expect(costOf(stack, prices).map(({ price }) => price)).toEqual([10, 15, 5, 0]);
});

test('the table has each part, the total, the other sizes and what grows', () => {
  const table = costTable(stack, prices);
  expect(table).toContain('as of 2026-11-25, unconfirmed: compare with https://prices.example');
  expect(table).toMatch(/^ +media, 1500 GB +15\.00$/m);
  expect(table).toMatch(/^ +total +30\.00$/m);
  expect(table).toMatch(/^ +with large +60\.50$/m);
  expect(table).toContain('5.00 for each 500 GB more');
});

test('confirmed prices are shown as such', () => {
  expect(origin({ ...prices, confirmed: true })).toBe('as of 2026-11-25, as https://prices.example says');
});

test('a size without a price is an error that says where to put one', () => {
  expect(() => costOf({ ...stack, size: 'g9.huge' }, prices)).toThrow(
    'mastodon-on-civo:size = g9.huge: cli/cost/prices.yaml has no price for it, only for small, large. ' +
      'Look it up at https://prices.example and add it there.',
  );
});

test.each([0, 700, -500, NaN])('a bucket of %d GB is an error', (mediaGb) => {
  expect(() => costOf({ ...stack, mediaGb }, prices)).toThrow('expected a multiple of 500');
});
