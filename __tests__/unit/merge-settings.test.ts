/** What a new stack takes from a recovery kit's settings. */
import type { Setting } from '../../cli/lib/stack-config';
import { mergeSettings } from '../../cli/recovery-kit/merge-settings';

type Raw = Record<string, unknown>;

const environment = { DEEPL_API_KEY: 'hush', DEFAULT_LOCALE: 'de' };
const secondary = { endpoint: 'https://s3.example.net', secretAccessKey: 'hush' };
const kit = {
  settings: {
    domain: 'toot.example',
    smtp: { host: 'smtp.example.net', password: 'hush' },
    mastodon: { version: '4.7.6', environment, extraEnvironment: { OUR_KEY: 'hush' } },
    backup: { secondary },
  },
  secretSettings: ['smtp', 'mastodon', 'backup'],
};

const merge = (own: Raw) =>
  mergeSettings(
    kit,
    new Map(Object.entries(own).map(([key, value]): [string, Setting] => [key, { value, secret: false }])),
  );

test('is all of them where it has none, with what was secret as a secret', () => {
  const { added, merged } = merge({});
  expect(merged).toEqual(kit.settings);
  expect(added.domain).toEqual({ value: 'toot.example', secret: false });
  expect(added.mastodon).toEqual({ value: kit.settings.mastodon, secret: true });
});

test('is each secret that a file without secrets lacks: the relay’s password, variables, the second store’s key', () => {
  const { added, merged } = merge({
    domain: 'toot.example',
    smtp: { host: 'smtp.example.org' },
    mastodon: { version: '4.7.7', environment: { DEFAULT_LOCALE: 'fr' } },
    backup: { secondary: { endpoint: secondary.endpoint } },
  });
  expect(added).toEqual({
    'smtp.password': { value: 'hush', secret: true },
    'mastodon.environment.DEEPL_API_KEY': { value: 'hush', secret: true },
    'mastodon.extraEnvironment.OUR_KEY': { value: 'hush', secret: true },
    'backup.secondary.secretAccessKey': { value: 'hush', secret: true },
  });
  expect(merged).toEqual({
    domain: 'toot.example',
    smtp: { host: 'smtp.example.org', password: 'hush' },
    mastodon: {
      version: '4.7.7',
      environment: { DEFAULT_LOCALE: 'fr', DEEPL_API_KEY: 'hush' },
      extraEnvironment: { OUR_KEY: 'hush' },
    },
    backup: { secondary },
  });
});

test('is nothing that the stack says otherwise, and no part of what it has not', () => {
  const own = {
    domain: 'toot.example',
    smtp: { host: 'smtp.example.net', password: 'mine' },
    mastodon: {
      version: '4.7.6',
      environment: { DEEPL_API_KEY: 'mine' },
      extraEnvironment: { OUR_KEY: 'mine' },
    },
    backup: { retentionFull: 5 },
  };
  expect(merge(own)).toEqual({ added: {}, merged: own });
});
