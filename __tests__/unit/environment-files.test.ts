/** What of the settings reaches the environment of which process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { changedEffects, effectsOf, told } from '../../cloud-init/effects';
import { type Environment, environmentFiles } from '../../cloud-init/environment-files';
import { shellArchive } from '../../cloud-init/shell-archive';
import type { BundleFile } from '../../cloud-init/template';
import { validate } from '../../settings/validate';
import { programSettings } from '../support/program-settings';

/** As Podman reads such a file (pkg/env, 4.9 and 5): all behind the first `=`, comments and empty lines aside. */
function read(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => line.replace(/^[ \t]+/, ''));
  return Object.fromEntries(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

const filesOf = (given: Environment, federation: 'open' | 'limited' = 'open') => {
  const [rails, streaming] = environmentFiles(federation, given).map(({ content }) => read(content));
  return { rails, streaming };
};

test('a value arrives byte for byte, through the archive too, whatever the settings accept', () => {
  const awkward = fc.constantFrom('"', "'", '`', '\\', '#', ' #', '$HOME', '${x}', '%', '=', ' ', '\t', '{{a}}', 'é', '👩‍🚀', '\n'); // prettier-ignore
  const text = fc.array(fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 12 }).map((parts) => parts.join('')); // prettier-ignore
  const base = programSettings('http://127.0.0.1:9');
  const accepted = fc.sample(text, { numRuns: 400, seed: 7 }).filter((value) => {
    const mastodon = { ...(base.mastodon as object), environment: { DEEPL_API_KEY: value } };
    return 'settings' in validate({ ...base, mastodon });
  });
  expect(accepted.length).toBeGreaterThan(100);
  const given = Object.fromEntries(accepted.map((value, i) => [`V${String(i)}`, value]));
  const folder = mkdtempSync(join(tmpdir(), 'environment-'));
  execFileSync('bash', { cwd: folder, input: shellArchive(environmentFiles('open', given)) });
  for (const name of ['rails.env', 'streaming.env']) {
    const file = join(folder, 'handover/etc/mastodon', name);
    expect(read(readFileSync(file, 'utf8'))).toEqual(given);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  rmSync(folder, { recursive: true });
});

test('each process gets what it reads, and a closed server is closed in all of them', () => {
  expect(filesOf({ DEEPL_API_KEY: 'key', LOG_LEVEL: 'debug', OUR_OWN: '1', DEFAULT_LOCALE: undefined })).toEqual({
    rails: { DEEPL_API_KEY: 'key', OUR_OWN: '1' },
    streaming: { LOG_LEVEL: 'debug', OUR_OWN: '1' },
  });
  const closed = { LIMITED_FEDERATION_MODE: 'true' };
  expect(filesOf({}, 'limited')).toEqual({ rails: closed, streaming: closed });
}); // prettier-ignore

test('a line break is refused', () => {
  expect(() => filesOf({ OUR_OWN: 'a\nb' })).toThrow('the value of OUR_OWN has a line break');
});

test('a change restarts the processes that read it, and no other', () => {
  const systemd = 'handover/etc/containers/systemd';
  const units = ['mastodon-web@', 'mastodon-sidekiq@', 'mastodon-streaming'].map((name): BundleFile => {
    const path = `${systemd}/${name}.container`;
    const content = readFileSync(join(__dirname, '../../cloud-init', path), 'utf8');
    for (const file of environmentFiles('open', {}).map((one) => one.path.replace('handover', ''))) {
      expect(content.includes(`EnvironmentFile=${file}\n`)).toBe(file.includes('streaming') === name.endsWith('streaming')); // prettier-ignore
    }
    return { path, mode: '644', content };
  });
  const machine = { generation: 1, size: 'g3.medium', image: 'debian-13', mastodon: { version: '4.6.5' } };
  const effects = (given: Environment) => effectsOf(machine, [...units, ...environmentFiles('open', given)]);
  const change = (given: Environment) => told(changedEffects(effects({}), effects(given)));
  expect(change({ DEEPL_API_KEY: 'key' })).toBe(
    'restarts mastodon-web@.service and mastodon-sidekiq@.service',
  );
  expect(change({ LOG_LEVEL: 'debug' })).toBe('restarts mastodon-streaming.service');
});
