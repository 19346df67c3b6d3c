import fc from 'fast-check';
import { type Folder, folderOf } from '../../community-files/folder';
import { pulled } from '../../community-files/pull';
import type { Server } from '../../community-files/types';
import type { Community } from '../../community-files/types';
import { written } from '../../community-files/write';
import { folder, sound, SURROUNDINGS, TEAM } from '../support/community/files';

const FILES = {
  'team.yaml': `# Ours.\n${TEAM}  # Since 2024.\n  - username: carol\n    email: carol@toot.example\n    role: Helper\n    languages: [de, en]\n\nroles:\n  - name: Helper # for now\n    permissions: [manage_reports]\n    position: 5\n    color: '#6364ff'\n`,
  'rules.md':
    '# Rules\n\nWhat we agreed on.\n\n## Be kind {#kind}\n\nTo all,\nalways.\n\n### de: Seid nett\n\n## No ads {#ads}\n',
  'terms-of-service.md': '---\neffective_date: 2027-01-15\nchangelog: New.\n---\n\nBe good.\n',
  'privacy-policy.md': '---\nchangelog: New.\n---\n\nWe keep little.\n',
  'about.md': 'About us.\n',
  'server.yaml': '# Names\nsite_title: Toot # short\n\nregistrations_mode: approved\n',
  'domain-blocks.csv':
    '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#reason_url\nA.example,Suspend,,,"Spam",,\nz.example,silence,true,false,,false,https://toot.example/1\n',
  'email-domain-blocks.csv': '#domain\nmail.example\n',
  'ip-blocks.csv': '#ip,#severity,#comment,#expires_at\n192.0.2.1,no_access,Bots,\n',
  'follow.yaml':
    '# Lists\nlists:\n  - name: council\n    url: https://lists.example/a.csv\nnever: [friend.example]\n',
  'followed-blocks.csv':
    '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#list\nlisted.example,suspend,false,false,,false,council\nother.example,suspend,false,false,,false,council\n',
};
const files = folder(FILES);
const { community } = sound(files);

/** The server right after the files were applied, with `changes` made in its web interface since. */
function server(changes: Partial<Server['community']> = {}, drift: Server['drift'] = []): Server {
  const { settings, team, terms } = community;
  return {
    community: { ...community, terms: terms ?? null, settings, team: team.map((one) => ({ ...one, languages: [] })), ...changes }, // prettier-ignore
    managed: {
      role: community.roles.map(({ name }) => name),
      member: team.map(({ username }) => username),
      rule: community.rules.map(({ key }) => key),
      terms: ['2027-01-15'],
      setting: Object.keys(settings),
      domainBlock: community.domainBlocks.map(({ domain }) => domain),
      emailDomainBlock: ['mail.example'],
      ipBlock: ['192.0.2.1/32'],
    },
    drift,
  };
}

const pulledOf = (from: Server) => pulled(community, from, SURROUNDINGS.own, SURROUNDINGS.now).community;

/** The folder after `bin/mastodon community pull`. */
function afterPull(
  changes: Partial<Server['community']>,
  drift: Server['drift'] = [],
): Folder & { changed: string[] } {
  const texts = written(files, sound(files), pulledOf(server(changes, drift)));
  return { ...folderOf({ ...FILES, ...Object.fromEntries(texts) }), changed: [...texts.keys()] };
}

/** The lines that a pull takes out of a file and puts into it. */
function diff(file: keyof typeof FILES, after: Folder) {
  const [old, now] = [FILES[file], after.text(file) ?? ''].map((text) => text.split('\n'));
  return {
    out: old?.filter((line) => !now?.includes(line)),
    in: now?.filter((line) => !old?.includes(line)),
  };
}

test('a pull right after the files were applied changes nothing', () => {
  expect(afterPull({}).changed).toEqual([]);
});

test('what is in the files and not applied yet stays', () => {
  const edited = { ...community, domainBlocks: community.domainBlocks.slice(1) };
  const { managed, ...rest } = server({ domainBlocks: edited.domainBlocks });
  const before = { ...managed, domainBlock: managed.domainBlock?.slice(1) };
  expect(pulledOf({ ...rest, managed: before })).toEqual(community);
});

test('a block that was made in the web interface is one more line, in its place', () => {
  const made = { domain: 'm.example', severity: 'suspend', rejectMedia: false, rejectReports: false, publicComment: 'Ads, all day', obfuscate: true, reasonUrl: '' } as const; // prettier-ignore
  const after = afterPull({ domainBlocks: [...community.domainBlocks, made] });
  expect(after.changed).toEqual(['domain-blocks.csv']);
  expect(diff('domain-blocks.csv', after)).toEqual({
    out: [],
    in: ['m.example,suspend,false,false,"Ads, all day",true,'],
  });
  expect(
    after
      .text('domain-blocks.csv')
      ?.split('\n')
      .map((line) => line.split(',')[0]),
  ).toEqual(
    ['#domain', 'A.example', 'm.example', 'z.example', ''], // prettier-ignore
  );
});

test('a block that was changed, and one that was lifted, change their lines only', () => {
  const [first, second, ...others] = community.domainBlocks;
  if (!first || !second) throw new Error('no blocks');
  const drift = [{ kind: 'domainBlock', key: 'a.example' }, { kind: 'domainBlock', key: 'z.example' }] as const; // prettier-ignore
  const after = afterPull({ domainBlocks: [{ ...second, severity: 'suspend' }, ...others] }, drift);
  expect(diff('domain-blocks.csv', after)).toEqual({
    out: ['A.example,Suspend,,,"Spam",,', 'z.example,silence,true,false,,false,https://toot.example/1'],
    in: ['z.example,suspend,true,false,,false,https://toot.example/1'],
  });
});

test('a followed block that was lifted never comes back from a list', () => {
  const domainBlocks = community.domainBlocks.filter(({ domain }) => domain !== 'listed.example');
  const after = afterPull({ domainBlocks }, [{ kind: 'domainBlock', key: 'listed.example' }]);
  expect(after.changed).toEqual(['follow.yaml', 'followed-blocks.csv']);
  expect(after.text('follow.yaml')).toContain('  - friend.example\n  - listed.example\n');
  expect(after.text('followed-blocks.csv')).not.toContain('listed.example');
  expect(sound(after).community.domainBlocks).toEqual(domainBlocks);
});

test('a followed block that was made milder becomes a decision of our own', () => {
  const domainBlocks = community.domainBlocks.map((block) =>
    block.domain === 'listed.example' ? { ...block, severity: 'silence' as const } : block,
  );
  const after = afterPull({ domainBlocks }, [{ kind: 'domainBlock', key: 'listed.example' }]);
  expect(after.changed).toEqual(['domain-blocks.csv']);
  expect(sound(after).followed.map(({ domain }) => domain)).toEqual(['other.example']);
});

test('people keep their comments, languages and addresses', () => {
  const after = afterPull(
    {
      team: [
        { username: 'alice', email: 'new@toot.example', role: 'Owner', languages: [] },
        { username: 'bob', email: 'bob@toot.example', role: 'Owner', languages: [] },
        { username: 'carol', email: 'carol@toot.example', role: 'Helper', languages: [] },
        { username: 'dave', email: 'dave@toot.example', role: 'Moderator', languages: [] },
      ],
    },
    [{ kind: 'member', key: 'bob' }],
  );
  expect(diff('team.yaml', after)).toEqual({
    out: ['    role: Admin'],
    in: ['  - username: dave', '    email: dave@toot.example', '    role: Moderator', '    languages: []'],
  });
  expect(sound(after).community.team[1]?.role).toBe('Owner');
});

test('a reworded rule keeps its name, and the others their text', () => {
  const [first, ...others] = community.rules;
  if (!first) throw new Error('no rules');
  const after = afterPull({ rules: [{ ...first, text: 'Be kinder' }, ...others] }, [{ kind: 'rule', key: 'kind' }]); // prettier-ignore
  expect(after.text('rules.md')).toBe(
    '# Rules\n\nWhat we agreed on.\n\n## Be kinder {#kind}\n\nTo all, always.\n\n### de: Seid nett\n\n## No ads {#ads}\n',
  );
});

test('terms, policy and settings are taken over, with the comments beside them', () => {
  const terms = { text: 'Be better.', changelog: 'Newer.', effectiveDate: '2027-03-01' };
  const settings = { ...community.settings, site_title: 'Tooot', site_terms: 'We keep less.', trends: false };
  const after = afterPull({ terms, settings }, [{ kind: 'setting', key: 'site_title' }, { kind: 'setting', key: 'site_terms' }]); // prettier-ignore
  expect(after.changed.sort()).toEqual(['privacy-policy.md', 'server.yaml', 'terms-of-service.md']);
  expect(after.text('privacy-policy.md')).toBe('---\nchangelog: New.\n---\n\nWe keep less.\n');
  // `trends` was never in the files: the web interface's business.
  expect(after.text('server.yaml')).toBe(
    '# Names\nsite_title: Tooot # short\n\nregistrations_mode: approved\n',
  );
  expect(sound(after).community.terms).toEqual(terms);
});

test('whatever was done on the server, the files say it afterwards', () => {
  const severity = fc.constantFrom('noop' as const, 'silence' as const, 'suspend' as const);
  const text = fc.string({ maxLength: 40 }).map((value) => value.replace(/\s+/g, ' ').trim());
  const block = (domain: string) =>
    fc.record({ domain: fc.constant(domain), severity, rejectMedia: fc.boolean(), rejectReports: fc.boolean(), publicComment: text, obfuscate: fc.boolean(), reasonUrl: fc.constant('') }); // prettier-ignore
  const domains = [
    'a.example',
    'z.example',
    'listed.example',
    'other.example',
    'm.example',
    'xn--4ca.example',
  ];
  const blocks = fc
    .subarray(domains)
    .chain((some) => fc.tuple(...some.map(block)) as fc.Arbitrary<Community['domainBlocks'][number][]>);
  fc.assert(
    fc.property(blocks, (domainBlocks) => {
      const drift = domains.map((key) => ({ kind: 'domainBlock' as const, key }));
      const after = sound(afterPull({ domainBlocks }, drift)).community.domainBlocks;
      const byDomain = (all: Community['domainBlocks']) =>
        new Map(all.map((one) => [one.domain, { ...one, reasonUrl: '' }]));
      expect(byDomain(after)).toEqual(byDomain(domainBlocks));
    }),
    { numRuns: 200 },
  );
});

test('what no file may say stays in the web interface, and is named', () => {
  const [block] = community.domainBlocks;
  if (!block) throw new Error('no blocks');
  const team = community.team.map((member) => ({ ...member, role: 'Moderator' }));
  const from = server({ domainBlocks: [...community.domainBlocks, { ...block, domain: 'toot.example' }], team }, [
    { kind: 'member', key: 'alice' },
    { kind: 'member', key: 'bob' },
  ]); // prettier-ignore
  const { community: after, left } = pulled(community, from, SURROUNDINGS.own, SURROUNDINGS.now);
  expect(left.map((told) => told.split(':')[0])).toEqual([
    'the block of toot.example',
    'who is no longer Owner or Admin',
  ]);
  expect(after.team).toEqual(community.team);
  expect(after.domainBlocks).toEqual(community.domainBlocks);
});

test('a rule that moderators put in front is in front in the file, and the order of the others stays', () => {
  const made = { key: 'rule-7', text: 'First', hint: '', priority: 1, translations: [] };
  const rules = [made, ...community.rules.map((rule, i) => ({ ...rule, priority: i + 2 }))];
  expect(sound(afterPull({ rules })).community.rules.map(({ key }) => key)).toEqual([
    'rule-7',
    'kind',
    'ads',
  ]);
});
