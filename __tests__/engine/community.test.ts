/** What a preview says of the community's files, by the real engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyCommunity } from '../support/community/folder';
import { followedCsv } from '../../community-files/follow';
import { readList } from '../../community-files/published-list';
import { TestCivo } from '../support/test-civo';
import { programSettings } from '../support/program-settings';
import { createStack, PulumiError, type Stack } from '../support/stack';

jest.setTimeout(240_000);

const checkout = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'community-'));
let civo: TestCivo;
let stack: Stack;

beforeAll(async () => {
  civo = await TestCivo.start();
  const config = { ...programSettings(civo.api.url), community: folder };
  stack = await createStack({ projectDir: checkout, config, env: { CIVO_TOKEN: civo.api.token } });
  restore();
  await stack.up();
});

beforeEach(restore);

afterAll(async () => {
  stack.remove();
  await civo.stop();
  rmSync(folder, { recursive: true });
});

/** The checkout's files, with a domain of their own. */
function restore(): void {
  rmSync(join(folder, 'followed-blocks.csv'), { force: true });
  copyCommunity(folder);
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
}

/** As many blocks from a list as asked for. */
function follow(count: number): void {
  const list = { name: 'council', url: 'https://lists.example/a.csv', threshold: 'suspend' as const };
  const domains = Array.from({ length: count }, (_, index) => `listed-${String(index)}.example`);
  writeFileSync(
    join(folder, 'followed-blocks.csv'),
    followedCsv(readList(list.name, domains.join('\n')).blocks),
  );
  edit('follow.yaml', (text) =>
    text.replace('lists: []', `lists: [{ name: ${list.name}, url: ${list.url} }]`),
  );
}

const refusal = (running: Promise<unknown>) =>
  running.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof PulumiError ? error.message : Promise.reject(error as Error)),
  );

test('names what was decided: a block and why, a reworded rule, a person who leaves', async () => {
  edit('domain-blocks.csv', (text) => `${text}bad.example,suspend,,,Hate,,\n`);
  edit('rules.md', (text) => text.replace('## Be kind ', '## Be kinder '));
  edit('team.yaml', (text) => text.replace(/ {2}- username: carol\n( {4}.*\n)+/, ''));
  const { stdout, changes } = await stack.preview();
  expect(stdout).toMatch(/\+ block bad\.example \(suspend\) *: "Hate"/);
  expect(stdout).toMatch(/~ text *: "Be kind" => "Be kinder"/);
  expect(stdout).toMatch(/- mastodon:community:Member: \(delete\)\n.*: moderator carol/);
  expect(changes).toMatchObject({ update: 2, delete: 1 });
});

test('names what the optional lists say, and nothing of a list without a file', async () => {
  const file = join(folder, 'announcements.yaml');
  expect((await stack.preview()).stdout).not.toContain('mastodon:community:List');
  writeFileSync(file, 'announcements:\n  - { name: break, text: Nobody is here on Sunday }\n');
  const { stdout } = await stack.preview();
  rmSync(file);
  expect(stdout).toMatch(/\+ mastodon:community:List: \(create\)\n.*: announcements/);
  expect(stdout).toMatch(/announcement break \(published\) *: "Nobody is here on Sunday"/);
});

test('refuses more new blocks from lists than were agreed on, unless that many are allowed', async () => {
  follow(51);
  expect(await refusal(stack.preview())).toContain(
    'followed-blocks.csv has 51 new blocks, and 50 are allowed',
  );
  stack.variables = { NEW_BLOCKS: 'all' };
  const said = await refusal(stack.preview());
  expect(said).toContain('NEW_BLOCKS=all: expected how many new blocks');
  expect(said).not.toContain('newBlocks.ts');
  stack.variables = { NEW_BLOCKS: '51' };
  expect((await stack.preview()).stdout).toContain('+ block listed-50.example (suspend)');
  stack.variables = {};
});

test.each([
  ['domain-blocks.csv', 'block spam.example (suspend)'],
  ['email-domain-blocks.csv', 'block mailbox-for-a-minute.example'],
  ['ip-blocks.csv', 'block 192.0.2.0/24'],
])('refuses to empty %s, by whichever change, unless it is allowed', async (file, block) => {
  edit(file, (text) => `${text.split('\n')[0] ?? ''}\n`);
  const said = await refusal(stack.preview());
  expect(said).toMatch(
    new RegExp(`${file} lifts \\d+ of \\d+ blocks \\(100 %\\), and a file is not emptied unasked`),
  );
  stack.variables = { LIFTED_BLOCKS: /LIFTED_BLOCKS=(\d+) pulumi up/.exec(said)?.[1] ?? '' };
  expect((await stack.preview()).stdout).toContain(`- ${block}`);
  stack.variables = {};
});

test('an up that would empty a file stops and applies nothing', async () => {
  edit('domain-blocks.csv', (text) => `${text.split('\n')[0] ?? ''}\n`);
  expect(await refusal(stack.up())).toContain('a file is not emptied unasked');
  restore();
  await stack.preview({ expectNoChanges: true });
});
