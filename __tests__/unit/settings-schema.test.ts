/** What an editor says of a stack's file, by docs/settings.schema.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { settingsSchema } from '../../docs/settings-schema';
import { programSettings } from '../support/program-settings';

type Raw = Record<string, unknown>;

const check = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false }).compile(
  settingsSchema(),
);
const smtp = programSettings('').smtp as Raw;

/** The places that an editor marks. */
function marked(settings: Raw): readonly string[] {
  const config = Object.entries({ ...programSettings('http://127.0.0.1:7480'), ...settings })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [`mastodon-on-civo:${key}`, value]);
  check({ config: Object.fromEntries(config) as Raw });
  return (check.errors ?? []).map(({ instancePath, params }) =>
    [instancePath, ...Object.values(params as Raw)].join(' '),
  );
}

test('takes the settings of a stack, as they are written by hand and by pulumi config set', () => {
  expect(marked({})).toEqual([]);
  expect(marked({ mediaGb: '1000', protect: 'false', generation: 2 })).toEqual([]);
  expect(
    marked({ smtp: { ...smtp, password: { secure: 'v1:abc' } }, adopted: { secure: 'v1:abc' } }),
  ).toEqual([]);
});

test('takes other namespaces, and the example of a production stack but for what is to be put into it', () => {
  const prod = parse(readFileSync(join(__dirname, '..', '..', 'Pulumi.prod.yaml'), 'utf8')) as {
    config: Raw;
  };
  check({ config: { ...prod.config, 'civo:token': { secure: 'v1:abc' } } });
  expect((check.errors ?? []).map(({ instancePath }) => instancePath)).toEqual([
    '/config/mastodon-on-civo:smtp',
    '/config/mastodon-on-civo:mastodon/webDigest',
    '/config/mastodon-on-civo:mastodon/streamingDigest',
  ]);
});

test.each<[string, Raw, string]>([
  ['an unknown setting', { domian: 'x' }, 'mastodon-on-civo:domian'],
  ['an unknown setting inside another', { smtp: { ...smtp, pasword: 'x' } }, 'pasword'],
  ['a missing setting', { region: undefined }, 'mastodon-on-civo:region'],
  ['a missing setting inside another', { smtp: { ...smtp, host: undefined } }, 'mastodon-on-civo:smtp host'],
  [
    'one administrator',
    { administrators: [(programSettings('').administrators as Raw[])[0]] },
    'administrators',
  ],
  ['an unknown size', { size: 'g3.xsmall' }, 'mastodon-on-civo:size'],
  ['too small a store', { mediaGb: 600 }, 'mastodon-on-civo:mediaGb'],
  ['a digest in another form', { mastodon: { version: '4.7.6', webDigest: 'v4' } }, 'webDigest'],
])('marks %s', (_, settings, place) => {
  const stack = JSON.parse(JSON.stringify(settings)) as Raw;
  expect(marked({ ...stack, ...('region' in settings && { region: undefined }) }).join('\n')).toContain(
    place,
  );
});

test('shows what each setting means', () => {
  const { properties } = settingsSchema().properties?.config as {
    properties: Record<string, { description: string }>;
  };
  expect(Object.values(properties).filter(({ description }) => description.length < 20)).toEqual([]);
});
