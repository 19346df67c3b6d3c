import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import { readSettings, SettingsError } from '../../settings';
import { KEYS } from '../../settings/schema';
import type { PlainSettings } from '../../settings/types';
import { validate } from '../../settings/validate';
import { programSettings } from '../support/program-settings';

type Raw = Record<string, unknown>;

const NAMESPACE = 'mastodon-on-civo';

function yaml(file: string): { name: string; config: Raw } {
  return parse(readFileSync(join(__dirname, '..', '..', file), 'utf8')) as { name: string; config: Raw };
}

const prod = Object.fromEntries(
  Object.entries(yaml('Pulumi.prod.yaml').config).map(([key, value]) => [
    key.replace(`${NAMESPACE}:`, ''),
    value,
  ]),
);
const keys = (programSettings('http://127.0.0.1:7480').administrators as Raw[]).map(({ sshKey }) => sshKey);
const digest = `sha256:${'1a'.repeat(32)}`;
/** What Pulumi.prod.yaml is when its reader has done what it says. */
const completed: Raw = {
  ...prod,
  administrators: (prod.administrators as Raw[]).map((person, i) => ({ ...person, sshKey: keys[i] })),
  smtp: { ...(prod.smtp as Raw), password: 'hunter2' },
  mastodon: { ...(prod.mastodon as Raw), webDigest: digest, streamingDigest: digest },
};

function problems(raw: Raw): readonly string[] {
  const validation = validate(raw);
  return 'problems' in validation ? validation.problems : [];
}

describe('Pulumi.yaml', () => {
  const project = yaml('Pulumi.yaml');
  const schema = project.config as Record<string, { default?: unknown; description?: string; type?: string }>;

  /** Empty means not given. For a setting that may be left out, its default then comes from another setting. */
  const isEmpty = (value: unknown) => ['""', '[]', '{}'].includes(JSON.stringify(value));

  test('declares every setting with type, default and description, and no other', () => {
    expect(project.name).toBe(NAMESPACE);
    expect(Object.keys(schema).sort()).toEqual([...KEYS].sort());
    for (const [key, setting] of Object.entries(schema)) {
      expect([key, Object.keys(setting)]).toEqual([
        key,
        expect.arrayContaining(['type', 'default', 'description']),
      ]);
    }
  });

  test.each(KEYS)('calls %s required exactly if it may not be left out', (key) => {
    const without = Object.fromEntries(Object.entries(completed).filter(([one]) => one !== key));
    const required = problems(without).length > 0;
    expect(schema[key]?.description?.startsWith('Required. ')).toBe(required);
    if (required) expect(isEmpty(schema[key]?.default)).toBe(true);
  });

  test('has the same defaults as the settings', () => {
    const required = KEYS.filter((key) => schema[key]?.description?.startsWith('Required. '));
    const validation = validate(Object.fromEntries(required.map((key) => [key, completed[key]])));
    const { settings } = validation as { settings: PlainSettings };
    for (const [key, { default: value }] of Object.entries(schema)) {
      if (!isEmpty(value)) expect([key, settings[key as keyof PlainSettings]]).toEqual([key, value]);
    }
  });
});

describe('Pulumi.prod.yaml', () => {
  test('lacks the keys, the password and the digests, which differ for each server, and nothing else', () => {
    expect(problems(prod).map((problem) => problem.split(/[ :]/)[0])).toEqual([
      'administrators[0].sshKey',
      'administrators[1].sshKey',
      'smtp.password',
      'mastodon.webDigest',
      'mastodon.streamingDigest',
    ]);
    expect(problems(completed)).toEqual([]);
  });

  test('is refused, each example in it by its name, where only its domain was changed', () => {
    const left = problems({ ...completed, domain: 'toot.example' });
    expect(left.map((problem) => problem.split(' ')[0])).toEqual([
      'administrators[0].email',
      'administrators[1].email',
      'smtp.from',
    ]);
    for (const problem of left) expect(problem).toContain('is an example that came with the program');
  });
});

describe('readSettings', () => {
  /** Settings as Pulumi hands them to a program: as text, objects and lists as JSON. */
  function read(raw: Raw) {
    const entries = Object.entries(raw).map(([key, value]) => [
      `${NAMESPACE}:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig({
      ...(Object.fromEntries(entries) as Record<string, string>),
      'civo:token': 'x',
    });
    return readSettings(new pulumi.Config(NAMESPACE));
  }

  test('reads texts, numbers, objects and lists; an empty text is not given', () => {
    const settings = read({ ...completed, mediaGb: 1000, converge: false, webDomain: '', acme: {} });
    expect(settings).toMatchObject({
      mediaGb: 1000,
      converge: false,
      webDomain: 'example.social',
      acme: { contact: 'alice@example.social' },
      administrators: [{ name: 'alice' }, { name: 'bob' }],
    });
  });

  test('names what is missing, all of it, when nothing but the defaults of Pulumi.yaml is set', () => {
    const defaults = Object.entries(yaml('Pulumi.yaml').config as Record<string, { default: unknown }>);
    expect(() => read(Object.fromEntries(defaults.map(([key, setting]) => [key, setting.default])))).toThrow(
      /domain: is missing.*administrators: has 0.*region: is missing.*vpnCidrs: expected.*smtp.password: is missing.*mastodon.version/s,
    );
  });

  test("keeps the relay's password a secret", async () => {
    const { password } = read(completed).smtp;
    expect(await pulumi.isSecret(password)).toBe(true);
    expect(await new Promise((resolve) => password.apply(resolve))).toBe('hunter2');
  });

  test('throws one error with every problem, which Pulumi prints without a stack', () => {
    const wrong = { ...completed, region: 'PHX1', mediaGb: 600, domian: 'x' };
    let error: unknown;
    try {
      read(wrong);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SettingsError);
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    const { message } = error as SettingsError;
    for (const problem of [
      'mastodon-on-civo:region = "PHX1": has no object store',
      'mastodon-on-civo:mediaGb = 600: expected a multiple of 500',
      'mastodon-on-civo:domian: is no setting; did you mean domain?',
    ]) {
      expect(message).toContain(problem);
    }
    expect(message).not.toContain('hunter2');
  });
});
