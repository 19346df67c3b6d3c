import { decisionsOf } from '../../trials/preview-comment/community-changes';
import { markdown, type Preview } from '../../trials/preview-comment/preview-markdown';

const nothing: Preview = {
  stack: 'prod',
  base: 'origin/main',
  steps: [],
  refusals: {},
  community: '',
  effects: [],
  diff: '',
  cost: { before: 43.45, after: 43.45, currency: 'USD' },
};

test('says where nothing changes', () => {
  const text = markdown(nothing);
  expect(text).toContain('**At Civo:** nothing');
  expect(text).toContain('**On the machine:** nothing');
  expect(text).toContain('**Cost:** 43.45 USD a month, as before');
});

test('lists resources, what restarts, files and the difference in cost', () => {
  const text = markdown({
    ...nothing,
    steps: [{ op: 'update', resource: 'Instance mastodon-prod', inputs: ['size'] }],
    effects: ['reboots the machine'],
    diff: 'diff --git a/x b/x\n+1\ndiff --git a/y b/y\n+2\n',
    cost: { before: 43.45, after: 32.6, currency: 'USD' },
  });
  expect(text).toContain('| update | `Instance mastodon-prod` | size |');
  expect(text).toContain('`pulumi up` reboots the machine.');
  expect(text).toContain('2 files change on the machine');
  expect(text).toContain('32.60 USD a month, −10.85');
});

test('what a pull request says can neither leave its block nor be too long for a comment', () => {
  const diff = `diff --git a/x b/x\n+\`\`\`\n+@everyone\n${'+'.repeat(100_000)}`;
  const text = markdown({ ...nothing, diff, community: diff });
  expect(text).toMatch(/````diff\ndiff --git[^]*\n````\n/);
  expect(text.length).toBeLessThan(65_536);
});

test('lists what the community changes, and only then', () => {
  expect(markdown(nothing)).not.toContain('**The community:**');
  const [before, after] = decisionsOf([
    {
      op: 'update',
      urn: 'urn:pulumi:prod::mastodon-on-civo::mastodon:community:Blocks::mastodon-prod: domain blocks',
      type: 'mastodon:community:Blocks',
      old: { inputs: { 'block ads.example (silence)': 'Ads', 'block spam.example (suspend)': 'Spam' } },
      new: { inputs: { 'block spam.example (suspend)': 'Spam, and worse' } },
    },
    { op: 'create', urn: 'a::mastodon-prod: role a/b', type: 'mastodon:community:Role', new: { inputs: {} } },
    { op: 'same', urn: 'a::mastodon-prod: rule kindness', type: 'mastodon:community:Rule' },
    { op: 'update', urn: 'a::mastodon-prod', type: 'civo:index/instance:Instance', old: { inputs: {} } },
  ]);
  expect(before).toEqual(
    new Map([['domain blocks', 'block ads.example (silence): Ads\nblock spam.example (suspend): Spam\n']]),
  );
  expect([...after.keys()]).toEqual(['domain blocks', 'role a_b']);
  const community = 'diff --git a/x b/x\n-block ads.example (silence): Ads\n';
  expect(markdown({ ...nothing, community })).toMatch(
    /\*\*The community:\*\*[^]*1 decision changes[^]*-block ads\.example/,
  );
});

test('a refusal is the whole answer', () => {
  const text = markdown({ ...nothing, refusals: { head: 'mastodon-on-civo:size = tiny: unknown' } });
  expect(text).toContain('**It is refused:**\n\n```\nmastodon-on-civo:size = tiny: unknown\n```');
  expect(text).not.toContain('**Cost:**');
});
