import { settingValues } from '../../cloud-init/setting-values';
import { exampleSettings } from '../support/example-settings';

const settings = exampleSettings({ alerts: { webhook: 'https://hooks.example.net/key' }, metrics: true });

test('files name a setting by its path, and one without a value is empty', () => {
  expect(settingValues(settings, { isPublic: false })).toMatchObject({
    domain: 'toot.example',
    mediaDomain: 'files.toot.example',
    mediaGb: '500',
    metrics: 'true',
    'smtp.host': 'smtp.example.net',
    'alerts.webhook': 'https://hooks.example.net/key',
    'alerts.pingUrl': '',
  });
});

test('no file can name a secret, and the user data no setting that may contain one', () => {
  for (const isPublic of [true, false]) {
    expect(settingValues(settings, { isPublic })).not.toHaveProperty(['smtp.password']);
  }
  expect(settingValues(settings, { isPublic: true })).not.toHaveProperty(['alerts.webhook']);
});
