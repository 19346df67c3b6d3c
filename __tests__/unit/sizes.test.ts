/** Which sizes a machine can have, by what Civo lists. */
import { sizeProblem } from '../../components/sizes';
import { SIZES as CATALOGUE } from '../../local/civo/catalogue';
import { SIZES } from '../../settings/schema';
import { TestCivo } from '../support/test-civo';

let civo: TestCivo;
const account = () => ({ endpoint: civo.api.url, region: 'FRA1' });
const { CIVO_TOKEN } = process.env;

beforeAll(async () => {
  civo = await TestCivo.start({ withoutSizes: ['g4s.medium', 'g4s.large'] });
  process.env.CIVO_TOKEN = civo.api.token;
});

afterAll(async () => {
  if (CIVO_TOKEN === undefined) delete process.env.CIVO_TOKEN;
  else process.env.CIVO_TOKEN = CIVO_TOKEN;
  await civo.stop();
});

test('the local Civo has every size that the settings accept', () => {
  const names = CATALOGUE.filter(({ type }) => type === 'Instance').map(({ name }) => name);
  expect(SIZES.filter((size) => !names.includes(size))).toEqual([]);
});

test('a size that the region does not offer is refused, with those that it offers and hold Mastodon', async () => {
  const problem = await sizeProblem(undefined, 'g4s.medium', account());
  expect(problem).toContain('mastodon-on-civo:size = "g4s.medium": Civo does not offer this size in FRA1');
  expect(problem).toContain('it offers g3.small, g3.medium');
  expect(problem).toContain('pulumi config set size g3.small');
  expect(problem).not.toMatch(/xsmall|g4s\.large|kube|db/);
});

test('a size of something else is not one of an instance', async () => {
  expect(await sizeProblem(undefined, 'g3.db.small', account())).toContain('does not offer');
});

test('a machine keeps a size that is no longer offered, and grows from it', async () => {
  expect(await sizeProblem('g4s.medium', 'g4s.medium', account())).toBeUndefined();
  expect(await sizeProblem('g4s.medium', 'g3.large', account())).toBeUndefined();
});

test('a smaller disk is refused, for a machine that is there', async () => {
  expect(await sizeProblem('g3.large', 'g3.medium', account())).toContain("Civo can't shrink a disk");
  expect(await sizeProblem(undefined, 'g3.medium', account())).toBeUndefined();
});

test('the local Civo does not make an instance of a size that it does not offer', async () => {
  const body = { hostname: 'web', size: 'g4s.medium', network_id: 'default', template_id: 'any' };
  expect((await civo.call('POST', '/v2/instances', body)).body.code).toBe('database_size_not_found');
});
